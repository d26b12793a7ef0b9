import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite struct ServiceProcessesTests {
    let scratch: ScratchDirectory
    let services: ServiceProcesses

    init() throws {
        scratch = try ScratchDirectory()
        services = ServiceProcesses(baseDirectory: scratch.path)
    }

    @Test func `A registered service is listed until it is removed`() throws {
        let slave = try services.register(name: "slave-43001")
        let master = try services.register(name: "master")
        #expect(try services.all().map(\.name) == ["master", "slave-43001"])
        #expect(try services.all().map(\.process) == [ProcessIdentity.current(), ProcessIdentity.current()])
        master.remove()
        master.remove()
        #expect(try services.all().map(\.name) == ["slave-43001"])
        slave.remove()
        #expect(try services.all().isEmpty)
        #expect(scratch.list() == [])
    }

    @Test func `A pid file holds id, start time and program, and the id stands first`() throws {
        let master = try services.register(name: "master")
        defer { master.remove() }
        let lines = try #require(scratch.read("master.pid")).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0] == "\(getpid())")
        #expect(UInt64(lines[1]) ?? 0 > 0)
        #expect(lines[2].hasPrefix("/"))
    }

    @Test func `A second service of one name is refused, with the process that runs`() throws {
        let master = try services.register(name: "master")
        defer { master.remove() }
        #expect(
            refusal { _ = try services.register(name: "master") }
                == "A master with the base directory \(scratch.path) is running already, as process \(getpid()). "
                + "Stop it with: clusterrunner stop"
        )
    }

    @Test func `A pid file without a living owner is replaced by a new service and removed by a listing`() throws {
        // The id of a living process: only the lock tells that it is not the service.
        let stale = ProcessIdentity(id: getppid(), startTime: 1, executable: "/x").text
        try scratch.write(stale, to: "master.pid")
        try scratch.write("garbage", to: "slave-1.pid")
        try scratch.write("mine", to: "notes.txt")
        let master = try services.register(name: "master")
        defer { master.remove() }
        #expect(try services.all().map(\.process.id) == [getpid()])
        #expect(scratch.list() == ["master.pid", "notes.txt"])
    }

    @Test func `Of many that register at once one wins`() async throws {
        let services = services
        let winners = await withTaskGroup { group in
            for _ in 0..<16 {
                group.addTask { @concurrent in try? services.register(name: "master") }
            }
            return await group.reduce(into: [PidFile]()) { winners, file in file.map { winners.append($0) } }
        }
        #expect(winners.count == 1)
        winners.forEach { $0.remove() }
    }

    @Test func `A base directory that does not exist has no services, and stopping them does nothing`() async throws {
        let services = ServiceProcesses(baseDirectory: scratch.path + "/none")
        #expect(try services.all().isEmpty)
        #expect(try await services.stop(deadline: .seconds(1)).isEmpty)
        #expect(scratch.list() == [])
    }

    @Test func `The start time is read behind a program name with spaces and parentheses`() {
        let tail = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21"
        #expect(ProcessIdentity.startTime(inStat: "42 (a) b (c)) \(tail)") == 4_711)
        #expect(ProcessIdentity.startTime(inStat: "42 (x) S 1 2") == nil)
        #expect(ProcessIdentity.startTime(inStat: "") == nil)
    }

    @Test func `A pid file that is not ours to read is no process`() {
        for text in ["", "12", "12\n34", "x\n34\n/p\n", "1\n34\n/p\n", "-5\n34\n/p\n"] {
            #expect(ProcessIdentity(text: text) == nil, "\(text)")
        }
    }
}
