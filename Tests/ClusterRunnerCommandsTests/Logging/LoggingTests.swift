import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Glibc
import Logging
import Testing

@testable import ClusterRunnerCommands

@Suite struct LoggingTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        LogLine(
            time: 1_795_471_200_007,
            level: .warning,
            label: "master",
            message: message,
            metadata: metadata
        ).text
    }

    @Test func `A record is one line of time, level, label, message and sorted values`() {
        #expect(
            line("Slave lost", ["slave_id": "3", "job": "a b", "atom": "say \"x\\y\"", "empty": ""])
                == "2026-11-23T22:00:00.007Z WARNING [master] Slave lost atom=\"say \\\"x\\\\y\\\"\" empty=\"\" "
                + "job=\"a b\" slave_id=3\n"
        )
    }

    @Test func `Line ends and control characters cannot forge a record`() {
        #expect(
            line("a\nb\r\n\tc\u{1B}[2J", ["k": "x\ny"])
                == "2026-11-23T22:00:00.007Z WARNING [master] a\\nb\\r\\n\\tc\\u{1b}[2J k=\"x\\ny\"\n"
        )
    }

    @Test func `A handler writes what is important enough, with the values of logger and record`() {
        let sink = MemorySink()
        var logger = Logger(label: "slave") { LineLogHandler(label: $0, levels: LogLevelSwitch(.info), sinks: [sink]) }
        logger[metadataKey: "slave_id"] = "1"
        logger.debug("unheard")
        logger.info("first", metadata: ["build_id": "2"])
        logger.critical("second", metadata: ["slave_id": "9"])
        #expect(
            sink.lines.map { $0.drop { $0 != " " } } == [
                " INFO [slave] first build_id=2 slave_id=1\n", " CRITICAL [slave] second slave_id=9\n",
            ]
        )
    }

    @Test func `A record as JSON is one object a line, whatever it says`() throws {
        let sink = MemorySink()
        let logger = Logger(label: "master") {
            LineLogHandler(label: $0, levels: LogLevelSwitch(.info), format: .json, sinks: [sink])
        }
        logger.warning("a \"b\"\nhttps://u:p@host/", metadata: ["build_id": "2", "level": "mine"])
        let line = try #require(sink.lines.first)
        #expect(line.hasSuffix("}\n") && line.count { $0 == "\n" } == 1)
        let record = try #require(JSONParser.value(of: line.dropLast().utf8)?.object)
        #expect(Set(record.keys) == ["time", "level", "logger", "message", "build_id", "_level"])
        #expect(record["level"] == "WARNING" && record["logger"] == "master" && record["_level"] == "mine")
        #expect(record["message"] == "a \"b\"\nhttps://***@host/" && record["build_id"] == "2")
        #expect(record["time"]?.string?.hasSuffix("Z") == true)
    }

    @Test func `The level of all loggers of a service changes while it runs`() {
        let (sink, levels) = (MemorySink(), LogLevelSwitch(.warning))
        let logger = Logger(label: "x") { LineLogHandler(label: $0, levels: levels, sinks: [sink]) }
        var own = logger
        own.logLevel = .error
        logger.info("unheard")
        #expect(levels.toggle() == .debug)
        logger.debug("heard")
        own.warning("unheard")
        #expect(levels.toggle() == .warning)
        logger.info("unheard")
        #expect(sink.lines.count == 1)
    }

    @Test func `A secret does not reach the log`() throws {
        let sink = MemorySink()
        let logger = Logger(label: "x") { LineLogHandler(label: $0, levels: LogLevelSwitch(.info), sinks: [sink]) }
        let secret = try Secret("hunter2-hunter2")
        logger.info("using \(secret)", metadata: ["secret": "\(secret)", "again": .stringConvertible(secret)])
        #expect(sink.lines.first?.hasSuffix("using <secret> again=<secret> secret=<secret>\n") == true)
    }

    @Test func `A full file is kept as 1 and a new one begun`() throws {
        let log = try RotatingLogFile(path: scratch.path + "/logs/cr.log", sizeLimit: 10)
        for text in ["aaaa\n", "bbbb\n", "cccc\n", "dddd\n", "eeee\n"] { log.write(Array(text.utf8)) }
        #expect(scratch.list("logs") == ["cr.log", "cr.log.1"])
        #expect(scratch.read("logs/cr.log.1") == "cccc\ndddd\n")
        #expect(scratch.read("logs/cr.log") == "eeee\n")
        #expect(scratch.mode("logs/cr.log") == 0o600)
    }

    @Test func `A line longer than the limit is written whole`() throws {
        let log = try RotatingLogFile(path: scratch.path + "/cr.log", sizeLimit: 4)
        log.write(Array("a long line\n".utf8))
        #expect(scratch.list() == ["cr.log"])
        log.write(Array("another\n".utf8))
        #expect(scratch.read("cr.log.1") == "a long line\n")
        #expect(scratch.read("cr.log") == "another\n")
    }

    @Test func `An existing file is continued, and counts`() throws {
        try scratch.write("12345678\n", to: "cr.log")
        let log = try RotatingLogFile(path: scratch.path + "/cr.log", sizeLimit: 12)
        log.write(Array("a\n".utf8))
        log.write(Array("b\n".utf8))
        #expect(scratch.read("cr.log.1") == "12345678\na\n")
        #expect(scratch.read("cr.log") == "b\n")
    }

    @Test func `A file that was moved away is begun anew`() throws {
        let log = try RotatingLogFile(path: scratch.path + "/cr.log", sizeLimit: 1_000)
        log.write(Array("a\n".utf8))
        rename(scratch.path + "/cr.log", scratch.path + "/moved")
        log.write(Array("b\n".utf8))
        #expect(scratch.read("moved") == "a\n")
        #expect(scratch.read("cr.log") == "b\n")
    }

    @Test func `Writers of one file rotate it together and lose no line of the newest two files`() async throws {
        let path = scratch.path + "/cr.log"
        // Eight lines of four writers fit four hundred bytes: one rotation, by any of them.
        await withTaskGroup { group in
            for writer in 0..<4 {
                group.addTask { @concurrent in
                    let log = try? RotatingLogFile(path: path, sizeLimit: 400)
                    for line in 0..<15 { log?.write(Array("\(writer) \(line + 10) .\n".utf8)) }
                }
            }
        }
        let text = (scratch.read("cr.log.1") ?? "") + (scratch.read("cr.log") ?? "")
        let expected = (0..<4).flatMap { writer in (0..<15).map { "\(writer) \($0 + 10) ." } }
        #expect(text.split(separator: "\n").map(String.init).sorted() == expected.sorted())
        #expect(scratch.list() == ["cr.log", "cr.log.1"])
    }

    @Test func `A log that cannot be opened is refused with the reason`() {
        #expect(
            refusal { _ = try RotatingLogFile(path: "/dev/null/cr.log", sizeLimit: 1) }
                == "The directory /dev/null cannot be made: File exists."
        )
    }
}

/// Keeps log lines in memory.
private final class MemorySink: LogSink {
    private let kept = Lock<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func write(_ line: [UInt8]) {
        kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }
}
