import Testing

@testable import ClusterRunnerCommands

@Suite struct DeployTransportTests {
    @Test func `Options of the user come before those that ssh has without them`() throws {
        let transport = DeployTransport(options: ["ConnectTimeout=3"])
        let words = transport.words(.probe, on: try DeployHost("u@h:7"))
        #expect(words.prefix(5) == ["ssh", "-o", "ConnectTimeout=3", "-o", "BatchMode=yes"])
        #expect(words.suffix(8).dropLast() == ["-l", "u", "-p", "7", "-T", "--", "h"])
        let asking = DeployTransport(isInteractive: true).words(.probe, on: try DeployHost("h"))
        #expect(!asking.contains("BatchMode=yes"))
    }

    @Test func `A script is one quoted word in every login shell`() {
        let scripts: [DeployScript] = [
            .probe, .install(size: 12), .configure, .run(["stop", "--timeout", "3"], hostname: "h"),
        ]
        for script in scripts {
            #expect(!script.text.contains { $0 == "'" || $0 == "!" || $0 == "\\" || $0.isNewline }, "\(script.text)")
        }
    }

    @Test func `This machine is reached by its shell`() throws {
        let words = DeployTransport().words(.probe, on: try DeployHost("localhost"))
        #expect(words == ["/bin/sh", "-c", DeployScript.probe.text])
    }

    private func sentence(_ code: Int32, _ error: String, host: String = "h") throws -> String {
        DeployFault(
            host: try DeployHost(host),
            end: ToolProcess.End(code: code, output: "", error: error)
        ).sentence
    }

    @Test(
        arguments: [
            ("ssh: Could not resolve hostname h: Name or service not known", "the name h cannot be resolved."),
            ("u@h: Permission denied (publickey).", "Allow one with: ssh-copy-id u@h"),
            ("No ED25519 host key is known for h.\nHost key verification failed.", "accept it once with: ssh u@h"),
            (
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
                "remove the old key with: ssh-keygen -R h"
            ),
            ("ssh: connect to host h port 22: Connection refused", "nothing listens on its ssh port."),
            ("ssh: connect to host h port 22: No route to host", "it cannot be reached."),
            ("kex_exchange_identification: read: Connection reset", "ssh could not work with it: kex_exchange"),
        ]
    )
    func `A failure of ssh says what to do`(error: String, part: String) throws {
        let sentence = try sentence(255, error + "\r\n", host: "u@h")
        #expect(sentence.contains(part), "\(sentence)")
    }

    @Test(
        arguments: [
            (1, "cat: write error: No space left on device", "there is no room for the program"),
            (
                127, "./new-program-1: error while loading shared libraries: libgit2.so.1.5: cannot open",
                "because the library libgit2.so.1.5 is missing. Install it;"
            ),
            (
                1, "./p: /lib/libc.so.6: version `GLIBC_2.38' not found (required by ./p)",
                "because a system library is older than GLIBC_2.38."
            ),
            (126, "/bin/sh: 1: ./p: Exec format error", "it is for another processor or system."),
            (1, "incomplete", "the connection ended before the program was copied. Deploy again."),
            (2, "noise\nclusterrunner: The port is taken", "The port is taken."),
            (9, "", "a step ended with exit code 9, and said nothing."),
        ] as [(Int32, String, String)]
    )
    func `A failed step says what to do on the host`(code: Int32, error: String, part: String) throws {
        let sentence = try sentence(code, error)
        #expect(sentence.contains(part), "\(sentence)")
    }
}
