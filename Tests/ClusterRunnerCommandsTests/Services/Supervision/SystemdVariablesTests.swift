import ClusterRunnerFiles
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct SystemdVariablesTests {
    private func read(_ variables: [ByteString: ByteString]) -> SystemdVariables {
        SystemdVariables(variables, process: 7)
    }

    @Test func `Without its variables systemd wants nothing`() {
        for variables in [["PATH": "/bin"], ["NOTIFY_SOCKET": "", "WATCHDOG_USEC": ""]] as [[ByteString: ByteString]] {
            let none = read(variables)
            #expect(none.socket == nil && none.watchdog == nil && none.faults == [])
        }
    }

    @Test(arguments: ["/run/systemd/notify", "@abstract/name"] as [ByteString])
    func `A path and an abstract name are sockets`(name: ByteString) {
        let systemd = read(["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "7"])
        #expect(systemd.socket == DatagramAddress(name))
        #expect(systemd.socket != nil)
        #expect(systemd.watchdog == .seconds(120))
        #expect(systemd.faults == [])
    }

    @Test(arguments: ["@", "run/notify", "vsock:2:1234"] as [ByteString])
    func `Another text is no socket`(text: ByteString) {
        let systemd = read(["NOTIFY_SOCKET": text])
        #expect(systemd.socket == nil)
        let sentence =
            "NOTIFY_SOCKET is \"\(text)\". It must be an absolute path or a name after @, of at most 107 bytes."
        #expect(systemd.faults == ["\(sentence) systemd is told nothing."])
    }

    @Test func `The socket of start-service comes before that of systemd, and may go away`() {
        let both = read(["READY_SOCKET": "/ready", "NOTIFY_SOCKET": "/notify"])
        #expect(both.socket == DatagramAddress("/ready"))
        #expect(both.isSocketTemporary)
        #expect(!read(["NOTIFY_SOCKET": "/notify"]).isSocketTemporary)
    }

    @Test func `A name may have 107 bytes`() {
        let longest = "/" + String(repeating: "x", count: 106)
        #expect(DatagramAddress(ByteString(longest)) != nil)
        #expect(DatagramAddress(ByteString(longest + "x")) == nil)
    }

    @Test(arguments: ["8", "seven"] as [ByteString])
    func `The watchdog of another process is none of this one`(process: ByteString) {
        let systemd = read(["WATCHDOG_USEC": "1000000", "WATCHDOG_PID": process])
        #expect(systemd.watchdog == nil)
        #expect(systemd.faults == [])
    }

    @Test(arguments: ["0", "-5", "soon", "99999999999999999999"] as [ByteString])
    func `A time of the watchdog must be a positive number`(time: ByteString) {
        let systemd = read(["WATCHDOG_USEC": time])
        #expect(systemd.watchdog == nil)
        let sentence = "WATCHDOG_USEC is \"\(time)\". It must be a positive number. systemd gets no signs of life."
        #expect(systemd.faults == [sentence])
    }
}
