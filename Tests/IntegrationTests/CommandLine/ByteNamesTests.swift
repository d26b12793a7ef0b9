import ClusterRunnerTesting
import Foundation
import Testing

/// The program among names that are not UTF-8, which a shell creates.
@Suite(.timeLimit(.minutes(20)))
struct ByteNamesTests {
    /// Runs a script in a folder with a project of one job, with `$CR`, `$odd` (a name in Latin-1) and a home of its own.
    private func run(_ script: String) async throws -> String {
        let product = try Product.path()
        return try await withScratchDirectory { scratch in
            let job = "Tests:\n  commands: [\"test -e $T\"]\n  atomizers: [{T: \"ls test_*\"}]\n"
            try job.write(toFile: "\(scratch)/clusterrunner.yaml", atomically: true, encoding: .utf8)
            let prologue = """
                CR='\(product)'; odd=$(printf 'caf\\351'); export HOME=$PWD/home TMPDIR=/tmp
                mkdir home project "$odd"; mv clusterrunner.yaml project; touch "project/test_$odd"; cp project/* "$odd"
                """
            return try await shell(prologue + "\n" + script, in: scratch)
        }
    }

    @Test func `A project is named by an option, and results go where an option says`() async throws {
        let output = try await run(
            """
            "$CR" build --local --project-directory "$PWD/$odd" --results "results $odd"
            cd project; "$CR" build --local -q --project-directory "../$odd"
            ls "../results $odd/artifact_0_0" build_results
            """
        )
        #expect(output.contains(#"passed, 1 of 1 atoms. Results: results caf\xe9"#), "\(output)")
        #expect(output.contains("clusterrunner_exit_code"), "\(output)")
    }

    @Test func `Home and base directories are used as they are`() async throws {
        let output = try await run(
            """
            export HOME=$PWD/$odd
            cd project; "$CR" build --local -q; ls -a "$HOME"
            CLUSTERRUNNER_BASE_DIRECTORY="$HOME/base" "$CR" build --local -q; ls "$HOME/base"
            """
        )
        #expect(output.contains(".clusterrunner"), "\(output)")
        #expect(output.hasSuffix("embedded"), "\(output)")
    }

    @Test func `A check runs the atomizers of a project where it is, and of one that is named`() async throws {
        let output = try await run(
            """
            (cd "$odd"; "$CR" check); "$CR" check "$odd"; "$CR" check "$odd/clusterrunner.yaml"
            """
        )
        #expect(output.components(separatedBy: "1 atom").count == 4, "\(output)")
    }

    @Test func `A remote file gets the name that it is given`() async throws {
        let output = try await run(
            """
            echo content >source; cd "$odd"
            "$CR" build --local -q -f "new/test_$odd" "file://$HOME/../source" -f plain "file://$HOME/../source"
            cat "new/test_$odd" plain
            """
        )
        #expect(output.hasSuffix("content\ncontent"), "\(output)")
    }

    @Test func `What must be text is refused, and shown as it is`() async throws {
        let output = try await run(
            """
            cd project
            "$CR" build --local --job-name "$odd" || echo "exit $?"
            "$CR" check --config-file "$odd" || echo "exit $?"
            CLUSTERRUNNER_LOG_LEVEL=$odd "$CR" check || echo "exit $?"
            """
        )
        #expect(
            output == #"""
                clusterrunner: --job-name must be UTF-8 text, unlike "caf\xe9".
                exit 2
                clusterrunner: --config-file must be UTF-8 text, unlike "caf\xe9".
                exit 2
                clusterrunner: CLUSTERRUNNER_LOG_LEVEL must be UTF-8, unlike "caf\xe9".
                exit 2
                """#
        )
    }

    @Test func `Folders whose names differ in their normalization alone are two`() async throws {
        let output = try await run(
            #"""
            one=$(printf 'e\314\201'); two=$(printf '\303\251'); cp -r project "$one"; cp -r project "$two"; touch "$two/test_2"
            for name in "$one" "$two"; do
                "$CR" build --local --project-directory "$PWD/$name" --results "results-$name" | grep passed
            done
            ls | grep -c '^results-'
            """#
        )
        #expect(output.contains("1 of 1") && output.contains("2 of 2"), "\(output)")
        #expect(output.hasSuffix("\n2"), "\(output)")
    }
}
