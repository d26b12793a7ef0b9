import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerPrograms

@Suite struct ProgramCallTests {
    private let fixture: ProgramFixture

    init() throws { fixture = try ProgramFixture() }

    private func call(_ script: String, _ operation: ProgramOperation = .fetch) throws -> ProgramCall {
        try fixture.write("type", "#!/bin/sh\n\(script)")
        return ProgramCall(
            program: fixture.program("type"),
            operation: operation,
            fields: ["parameters": ["url": "a b"], "role": "master"],
            machine: fixture.machine
        )
    }

    @Test func `A program reads its request from standard input and from its environment`() async throws {
        let members = try await call(
            #"read -r line; printf '{"result":{"notes":["%s %s %s"]}}' "$(echo "$line" | tr -d '"')" "$PARAMETER_URL" "$PROJECT_TYPE_ROLE""#
        ).perform()
        #expect(
            members["notes"]
                == ["{operation:fetch,parameters:{url:a b},protocol:1,role:master} a b master"]
        )
        #expect(fixture.scratch.isEmpty)
    }

    @Test func `The environment is that of the machine, without the service's`() async throws {
        let script = #"printf '{"result":{"notes":["%s"]}}' "$(env | cut -d= -f1 | sort | tr '\n' ' ')""#
        let members = try await call(script).perform()
        let names = members["notes"]?.array?.first?.string ?? ""
        #expect(!names.contains("CLUSTERRUNNER_SECRET") && !names.contains("HOME"), "\(names)")
        #expect(names.contains("PATH"))
    }

    @Test(
        arguments: [
            ("echo hello", "line 1 of its output is not a JSON object: \"hello\""),
            ("echo '[1]'", "line 1 of its output is not a JSON object"),
            (#"echo '{"result":{}, "error":"x"}'"#, "must have one member, not \"error\", \"result\""),
            ("echo '{}'", "must have one member, not none"),
            (#"echo '{"progress":1}'"#, "is the unknown message \"progress\""),
            (#"echo '{"result":1}'"#, "has a \"result\" that is a number, not an object"),
            (#"echo '{"data":"$"}'"#, "has a \"data\" that is not base64"),
            (#"echo '{"data":""}'"#, "is a \"data\"; only export sends data"),
            (#"echo '{"ask":""}'"#, "is a \"ask\"; only the fetch of a slave may ask"),
            (#"echo '{"result":{"dir":"/"}}'"#, "has the unknown member \"dir\" in its result; known are"),
            ("exit 3", "it ended with exit code 3 and without a result"),
            ("kill -SEGV $$", "it ended with exit code 139 and without a result"),
            ("true", "it ended with exit code 0 and without a result"),
            (#"echo '{"result":{}}'; echo gone >&2; exit 5"#, "it ended with exit code 5 after its result"),
        ]
    )
    func `What is no answer is named`(script: String, clause: String) async throws {
        let call = try call(script)
        let sentence = await refusal { _ = try await call.perform() }
        #expect(sentence?.contains(clause) == true, "\(sentence ?? "nothing")")
        let title = "The project type \"type\" (\(fixture.folder)/types/type)"
        #expect(sentence?.hasPrefix("\(title) failed in \"fetch\": it ") == true)
        #expect(fixture.scratch.isEmpty)
    }

    @Test func `The end of the errors of a crash is quoted`() async throws {
        let call = try call("echo first >&2; echo 'no such module' >&2; exit 1")
        let sentence = await refusal { _ = try await call.perform() }
        #expect(sentence?.hasSuffix("The end of its errors: first\nno such module") == true, "\(sentence ?? "")")
    }

    @Test func `The program's own sentence is passed on, and counts as the client's fault in validate`() async throws {
        let script = #"echo '{"error":"No such package."}'; exit 9"#
        let codes: [ProgramOperation: ClusterRunnerError.Code] = [.validate: .invalidArgument, .fetch: .failed]
        for (operation, code) in codes {
            let call = try call(script, operation)
            let error = await #expect(throws: ClusterRunnerError.self) { try await call.perform() }
            #expect(error?.code == code)
            #expect(error?.message == "type: No such package.")
        }
    }

    @Test func `A program that leaves children with its output open has answered`() async throws {
        let call = try call(#"sleep 1000 & echo '{"result":{}}'"#)
        #expect(try await call.perform() == [:])
    }

    @Test func `A line without an end is bounded`() async throws {
        let call = try call("head -c 20000000 /dev/zero | tr '\\0' x; sleep 1000")
        let sentence = await refusal { _ = try await call.perform() }
        #expect(sentence?.contains("it wrote a line of more than 16 MiB") == true, "\(sentence ?? "")")
    }

    @Test(.timeLimit(.minutes(10))) func `A standard error without an end is bounded`() async throws {
        let call = try call("yes >&2")
        let sentence = await refusal { _ = try await call.perform() }
        #expect(sentence?.contains("it wrote more than 64 MiB to its standard error") == true, "\(sentence ?? "")")
        #expect(fixture.scratch.isEmpty)
    }

    @Test func `A result in pieces, or without a line feed, is one`() async throws {
        let call = try call(#"printf '{"result"'; printf ':{"notes":[]}}'"#)
        #expect(try await call.perform() == ["notes": []])
    }

    @Test func `A canceled call ends the program and its children`() async throws {
        // The program asks with the number of its child.
        var call = try call(#"sleep 1000 & printf '{"ask":"%s"}\n' "$(printf %s $! | base64)"; wait"#)
        let child = OneShotResult<[UInt8]>()
        call.answers = { question in
            child.decide(.success(question))
            return AsyncThrowingStream { $0.finish() }
        }
        let task = Task { [call] in try await call.perform() }
        let pid = try #require(pid_t(String(decoding: try await child.value(), as: UTF8.self)))
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(kill(pid, 0) == -1)
        #expect(fixture.scratch.isEmpty)
    }

    @Test func `A program that cannot be run is named with the reason`() async throws {
        let path = try fixture.write("type", "#!/no/such/interpreter\n")
        let call = ProgramCall(program: fixture.program("type"), operation: .describe, machine: fixture.machine)
        let sentence = await refusal { _ = try await call.perform() }
        #expect(sentence?.contains("it cannot be run") == true && sentence?.contains(path) == true)
    }

    @Test func `What a slave's program asks is answered piece by piece, with errors as messages`() async throws {
        try fixture.write(
            "type",
            """
            #!/bin/sh
            read -r request
            echo '{"ask":"YQ=="}'
            read -r one; read -r two; read -r end
            echo '{"ask":"Yg=="}'
            read -r error
            printf '{"result":{"notes":["%s"]}}' "$(echo "$one $two $end $error" | tr -d '"')"
            """
        )
        var call = ProgramCall(program: fixture.program("type"), operation: .fetch, machine: fixture.machine)
        call.answers = { question in
            guard question == Array("a".utf8) else { throw ClusterRunnerError(.notFound, "No such file.") }
            return AsyncThrowingStream { continuation in
                continuation.yield([1])
                continuation.yield([2])
                continuation.finish()
            }
        }
        let members = try await call.perform()
        #expect(members["notes"] == ["{data:AQ==} {data:Ag==} {end:true} {error:No such file.}"])
    }
}
