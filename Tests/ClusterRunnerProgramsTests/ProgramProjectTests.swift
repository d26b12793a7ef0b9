import ClusterRunnerConformance
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerPrograms

@Suite struct ProgramProjectTests {
    private let fixture: ProgramFixture

    init() throws { fixture = try ProgramFixture() }

    @Test func `A fetch without members is the workspace, with the same parameters for slaves`() async throws {
        try fixture.writeType("t", #"fetch) pwd; echo '{"result":{}}' ;;"#.replacing("pwd; ", with: "touch file; "))
        let project = try await fixture.project("t", ["a": "b"])
        let workspace = try fixture.workspace()
        let fetched = try await project.fetch(into: workspace)
        #expect(fetched.directory == ByteString(workspace))
        #expect(fetched.slaveParameters.values == ["a": "b"])
        #expect(FileManager.default.fileExists(atPath: "\(workspace)/file"))
    }

    @Test func `A fetch names its directory, the parameters of slaves and notes`() async throws {
        try fixture.writeType(
            "t",
            #"fetch) mkdir sub; echo '{"result":{"directory":"sub","slave_parameters":{"n":"1"},"notes":["A note."]}}' ;;"#
        )
        let workspace = try fixture.workspace()
        let fetched = try await fixture.project("t").fetch(into: workspace)
        #expect(fetched.directory == ByteString("\(workspace)/sub"))
        #expect(fetched.slaveParameters.values == ["n": "1"])
        #expect(fetched.notes == ["A note."])
    }

    @Test(
        arguments: [
            (#"{"directory":"/no/such"}"#, "returned the directory \"/no/such\", which does not exist"),
            (#"{"directory":1}"#, "returned a \"directory\" that is no path"),
            (#"{"slave_parameters":[]}"#, "returned \"slave_parameters\" that are not an object"),
            (#"{"notes":[1]}"#, "returned \"notes\" that are not a list of sentences"),
        ]
    )
    func `A wrong result of a fetch is refused`(result: String, clause: String) async throws {
        try fixture.writeType("t", "fetch) echo '{\"result\":\(result)}' ;;")
        let project = try await fixture.project("t")
        let workspace = try fixture.workspace()
        let sentence = await refusal { _ = try await project.fetch(into: workspace) }
        #expect(sentence?.contains(clause) == true, "\(sentence ?? "nothing")")
    }

    @Test func `The errors of a fetch go to the transcript while it runs`() async throws {
        try fixture.writeType("t", #"fetch) echo Downloading >&2; echo '{"result":{}}' ;;"#)
        let transcript = "\(fixture.folder)/transcript"
        let project = try await fixture.project("t", transcript: transcript)
        _ = try await project.fetch(into: fixture.workspace())
        #expect(try String(contentsOfFile: transcript, encoding: .utf8) == "Downloading\n")
    }

    @Test func `Parameters are checked and the project is named before the fetch`() async throws {
        try fixture.writeType(
            "t",
            operations: #""validate","project_id""#,
            """
            validate) [ "$PARAMETER_A" = good ] && echo '{"result":{}}' || echo '{"error":"A must be good."}' ;;
            project_id) echo "{\\"result\\":{\\"project_id\\":\\"p $PARAMETER_A\\"}}" ;;
            """
        )
        #expect(try await fixture.project("t", ["a": "good", "job_name": "J"]).projectID == "p good")
        let error = await #expect(throws: ClusterRunnerError.self) { try await fixture.project("t", ["a": "bad"]) }
        #expect(error?.code == .invalidArgument && error?.message == "t: A must be good.")
        // Without the operation the own parameters are the identity, not the job.
        try fixture.writeType("u")
        #expect(try await fixture.project("u", ["a": "x", "job_name": "J", "config": [:]]).projectID == #"{"a":"x"}"#)
    }

    @Test func `A slave gets from the master what export sends`() async throws {
        try fixture.writeType(
            "t",
            operations: #""export""#,
            """
            fetch)
              read -r request
              if [ "$PROJECT_TYPE_ROLE" = master ]; then head -c 300000 /dev/zero > content
              else
                echo '{"ask":"YWxs"}'
                while read -r line; do
                  case $line in *'"end"'*) break ;; esac
                  line=${line#*:\\"}; echo "${line%\\"*}" | base64 -d >> content
                done
              fi
              echo '{"result":{}}' ;;
            export)
              base64 -w 40000 "$PROJECT_TYPE_WORKSPACE/content" | sed 's/.*/{"data":"&"}/'
              echo '{"result":{}}' ;;
            """
        )
        let master = try await fixture.project("t")
        let fetched = try await master.fetch(into: fixture.workspace("master"))
        let slave = try await fixture.project(
            "t",
            fetched.slaveParameters.values,
            role: .slave(master: DirectProjectSource(to: master))
        )
        let workspace = try fixture.workspace("slave")
        _ = try await slave.fetch(into: workspace)
        let content = try Data(contentsOf: URL(filePath: "\(workspace)/content"))
        #expect(content == Data(repeating: 0, count: 300_000))
        // A reader that goes away ends the program.
        do { for try await _ in try await master.export([]) { break } }
        await master.teardown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `A slave's program that has no export may read its input to the end`() async throws {
        try fixture.writeType("t", #"fetch) cat > request; echo '{"result":{}}' ;;"#)
        let master = try await fixture.project("t")
        let slave = try await fixture.project("t", role: .slave(master: DirectProjectSource(to: master)))
        let workspace = try fixture.workspace()
        _ = try await slave.fetch(into: workspace)
        let request = try String(contentsOfFile: "\(workspace)/request", encoding: .utf8)
        #expect(request.contains(#""role":"slave""#))
    }

    @Test func `An export that fails half-way fails for the slave`() async throws {
        try fixture.writeType(
            "t",
            operations: #""export""#,
            #"fetch) echo '{"result":{}}';; export) echo '{"data":"YQ=="}'; exit 1 ;;"#
        )
        let master = try await fixture.project("t")
        _ = try await master.fetch(into: fixture.workspace())
        var received: [UInt8] = []
        let sentence = await refusal { for try await bytes in try await master.export([]) { received += bytes } }
        #expect(received == Array("a".utf8))
        #expect(sentence?.contains("ended with exit code 1 and without a result") == true)
    }

    @Test func `Commands get the environment and the wrapping of the type, each asked for once`() async throws {
        let count = "\(fixture.folder)/count"
        try fixture.writeType(
            "t",
            operations: #""environment","wrap""#,
            """
            fetch) echo '{"result":{}}' ;;
            environment) echo x >> '\(count)'; echo '{"result":{"environment":{"A":"1","PATH":"/evil"}}}' ;;
            wrap) echo x >> '\(count)'; read -r request; echo '{"result":{"script":"nice true"}}' ;;
            """
        )
        let project = try await fixture.project("t")
        let command = ShellCommand(
            script: "true",
            directory: "/",
            environment: ["PATH": "/bin"],
            output: .combined(path: "/dev/null")
        )
        let wrapped = try await withThrowingTaskGroup(of: ShellCommand.self) { group in
            for _ in 1...5 { group.addTask { try await project.wrap(command) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for command in wrapped {
            #expect(command.script == "nice true")
            #expect(command.environment == ["PATH": "/bin", "A": "1"])
        }
        #expect(try String(contentsOfFile: count, encoding: .utf8) == "x\nx\n")
    }

    @Test func `A request is pinned by the program, or stays as it is`() async throws {
        try fixture.writeType("t", operations: #""pinned""#, #"pinned) echo '{"result":{"parameters":{"v":"2"}}}' ;;"#)
        try fixture.writeType("u")
        let parameters = ProjectParameters(["v": "newest"])
        let registry = fixture.registry()
        #expect(try await registry.type(named: "t").pinned(parameters, to: parameters).values == ["v": "2"])
        #expect(try await registry.type(named: "u").pinned(parameters, to: parameters) == parameters)
    }

    @Test func `A resumed project knows its workspace, answers slaves and is torn down`() async throws {
        let log = "\(fixture.folder)/log"
        try fixture.writeType(
            "t",
            operations: #""resume","export","teardown""#,
            """
            export) echo '{"data":"YQ=="}'; echo '{"result":{}}' ;;
            *) echo "$PROJECT_TYPE_OPERATION $PROJECT_TYPE_WORKSPACE" >> '\(log)'; echo '{"result":{}}' ;;
            """
        )
        let project = try await fixture.project("t")
        try await project.resume(with: ProjectParameters(["v": "1"]))
        var bytes: [UInt8] = []
        for try await piece in try await project.export([]) { bytes += piece }
        #expect(bytes == Array("a".utf8))
        await project.teardown()
        let workspace = "\(fixture.folder)/workspace"
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "resume \(workspace)\nteardown \(workspace)\n")
    }

    @Test func `A teardown comes once, and only after a fetch`() async throws {
        let count = "\(fixture.folder)/count"
        try fixture.writeType(
            "t",
            operations: #""teardown""#,
            "fetch) exit 1 ;; teardown) echo x >> '\(count)'; echo '{\"result\":{}}' ;;"
        )
        let unfetched = try await fixture.project("t")
        await unfetched.teardown()
        #expect(!FileManager.default.fileExists(atPath: count))
        let project = try await fixture.project("t")
        _ = try? await project.fetch(into: fixture.workspace())
        await project.teardown()
        await project.teardown()
        #expect(try String(contentsOfFile: count, encoding: .utf8) == "x\n")
    }
}
