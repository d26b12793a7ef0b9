import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// One operation of a project program: one process, from the request to its result.
///
/// The request is the program's standard input, one line; with `asks` further lines answer what it asks. Its standard
/// output is one message per line. The process belongs to no build command and has the environment of none: it gets
/// that of this service without its configuration.
struct ProgramCall: Sendable {
    let program: ProjectProgram
    let operation: ProgramOperation
    /// The members of the request, in addition to `protocol` and `operation`.
    private(set) var fields: [String: JSONValue]
    /// The directory it runs in; nil for a scratch directory.
    var directory: ByteString?
    /// The path of the file for its standard error; nil for a scratch file.
    var transcript: String?
    /// Answers what it asks; nil when it may not ask.
    var answers: (@Sendable ([UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error>)?
    /// Takes the bytes that it sends; nil when it may send none.
    var receive: (@Sendable ([UInt8]) async throws -> Void)?
    let machine: ProgramMachine

    init(
        program: ProjectProgram,
        operation: ProgramOperation,
        fields: [String: JSONValue] = [:],
        machine: ProgramMachine
    ) {
        self.program = program
        self.operation = operation
        self.fields = fields
        self.machine = machine
    }

    /// Adds a member to the request.
    mutating func set(_ name: String, _ value: JSONValue) {
        fields[name] = value
    }

    /// The maximum size of a line in bytes.
    private static let longestLine = 16 << 20
    /// The time from the result to the exit.
    private static let farewell = Duration.seconds(10)
    /// The maximum size of its standard error in bytes, and the time between two looks at it.
    private static let mostErrors = 64 << 20
    private static let interval = Duration.milliseconds(100)
    /// The bytes of the errors that are quoted.
    private static let quotedErrors = 4000

    /// The shell text of every call.
    private static let script = """
        exec "$PROJECT_TYPE_PROGRAM" "$PROJECT_TYPE_OPERATION" <"$PROJECT_TYPE_REQUEST" >"$PROJECT_TYPE_ANSWER"
        """

    private enum Step: Sendable {
        case exited(CommandOutcome)
        case concluded(Conclusion)
        case overdue
        case tooManyErrors
    }

    /// The end of a conversation.
    private enum Conclusion: Sendable {
        case result([String: JSONValue])
        case error(String)
        /// The program ended its output before.
        case nothing
    }

    /// Performs the operation and returns the members of its result.
    ///
    /// - Throws: ``ClusterRunnerError`` with the program's own sentence, or with one that says what it did wrong;
    ///   `CancellationError` when the surrounding task is canceled, after the process and its children were ended.
    func perform() async throws -> [String: JSONValue] {
        let scratch = "\(machine.scratch)/clusterrunner-program-\(UUID.random().uuidString)"
        try PrivateDirectory.create(scratch)
        defer { _ = removeTree(scratch) }
        let over = OneShotSignal()
        let output = try NamedPipe("\(scratch)/answer", over: over)
        let input = try makeInput("\(scratch)/request", over)
        let errors = transcript ?? "\(scratch)/errors"
        let command = ShellCommand(
            script: Self.script,
            directory: directory ?? ByteString(scratch),
            environment: environment(scratch),
            output: .combined(path: errors),
            timeout: operation.limit
        )
        return try await withThrowingTaskGroup(of: Step.self) { group in
            group.addTask {
                defer { over.fire() }
                return .exited(try await machine.runner.run(command))
            }
            group.addTask { .concluded(try await converse(over: output, input)) }
            group.addTask {
                while true {
                    try await machine.timekeeper.sleep(for: Self.interval)
                    if FileStatus(path: errors).map({ $0.size > Self.mostErrors }) == true { return .tooManyErrors }
                }
            }
            var conclusion: Conclusion?
            var outcome: CommandOutcome?
            while let step = try await group.next() {
                switch step {
                case .exited(let exit): outcome = exit
                case .overdue: throw fault("did not end within 10 s after its result")
                case .tooManyErrors: throw fault("wrote more than \(Self.mostErrors >> 20) MiB to its standard error")
                case .concluded(let end):
                    conclusion = end
                    if outcome == nil {
                        group.addTask {
                            try await machine.timekeeper.sleep(for: Self.farewell)
                            return .overdue
                        }
                    }
                }
                if let outcome, let conclusion {
                    group.cancelAll()
                    try Task.checkCancellation()
                    return try result(conclusion, outcome, errors)
                }
            }
            throw CancellationError()
        }
    }

    // MARK: The request

    private var request: [UInt8] {
        get throws {
            var members = fields
            members["protocol"] = .integer(ProgramDescription.protocolVersion)
            members["operation"] = .string(operation.rawValue)
            return try Self.line(members)
        }
    }

    static func line(_ members: [String: JSONValue]) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.write(members)
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Makes the standard input: a file, or a pipe for a program that may ask.
    private func makeInput(_ path: String, _ over: OneShotSignal) throws -> NamedPipe? {
        if answers != nil { return try NamedPipe(path, over: over) }
        try attempting("Cannot write the request of \(program.title)") {
            try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL).writeAll(try request)
        }
        return nil
    }

    private func environment(_ scratch: String) -> [ByteString: ByteString] {
        var environment = machine.environment
        environment["PROJECT_TYPE_PROGRAM"] = ByteString(program.path)
        environment["PROJECT_TYPE_OPERATION"] = ByteString(operation.rawValue)
        environment["PROJECT_TYPE_REQUEST"] = ByteString("\(scratch)/request")
        environment["PROJECT_TYPE_ANSWER"] = ByteString("\(scratch)/answer")
        for name in ["workspace", "storage", "role"] {
            environment[ByteString("PROJECT_TYPE_\(name.uppercased())")] = fields[name].flatMap(ByteString.init)
        }
        // For programs in languages without a JSON parser at hand.
        for (name, value) in fields["parameters"]?.object ?? [:] {
            environment[ByteString("PARAMETER_\(name.uppercased())")] = ByteString(value)
        }
        return environment
    }

    // MARK: The conversation

    private func converse(over output: NamedPipe, _ input: NamedPipe?) async throws -> Conclusion {
        try await input?.write(try request)
        var reader = LineReader(pipe: output, longest: Self.longestLine)
        while true {
            let line: [UInt8]?
            do { line = try await reader.next() } catch is LineReader.TooLong {
                throw fault("wrote a line of more than \(Self.longestLine >> 20) MiB")
            }
            guard let line else { return .nothing }
            switch try message(line, number: reader.number) {
            case .result(let members):
                try check(members, line: reader.number)
                return .result(members)
            case .error(let sentence):
                return .error(sentence)
            case .data(let bytes):
                guard let receive else { throw misplaced("data", line: reader.number) }
                try await receive(bytes)
            case .ask(let bytes):
                guard let answers, let input else { throw misplaced("ask", line: reader.number) }
                try await answer(bytes, answers, input)
            }
        }
    }

    private func answer(
        _ question: [UInt8],
        _ answers: ([UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error>,
        _ input: NamedPipe
    ) async throws {
        do {
            for try await bytes in try await answers(question) {
                try await input.write(try Self.line(["data": .string(Base64.encode(bytes))]))
            }
            try Task.checkCancellation()
            try await input.write(try Self.line(["end": true]))
        } catch let error as ClusterRunnerError {
            try await input.write(try Self.line(["error": .string(error.message)]))
        }
    }

    private func message(_ line: [UInt8], number: Int) throws -> ProgramMessage {
        do { return try ProgramMessage(line: line) } catch {
            let text = excerpt(of: String(decoding: line.prefix(1000), as: UTF8.self), limit: 200)
            throw broken(line: number, "\(error.clause): \(text)")
        }
    }

    private func check(_ members: [String: JSONValue], line: Int) throws {
        guard let unknown = members.keys.sorted().first(where: { !operation.members.contains($0) }) else { return }
        let known = operation.members.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        let advice = known.isEmpty ? "its result is {}" : "known are \(known)"
        throw broken(line: line, "has the unknown member \"\(unknown)\" in its result; \(advice)")
    }

    private func misplaced(_ name: String, line: Int) -> ClusterRunnerError {
        let place = name == "data" ? "only export sends data" : "only the fetch of a slave may ask"
        return broken(line: line, "is a \"\(name)\"; \(place)")
    }

    private func broken(line: Int, _ clause: String) -> ClusterRunnerError {
        fault("broke the protocol: line \(line) of its output \(clause)")
    }

    // MARK: The end

    private func result(
        _ conclusion: Conclusion,
        _ outcome: CommandOutcome,
        _ errors: String
    ) throws -> [String: JSONValue] {
        switch (conclusion, outcome.end) {
        case (_, .canceled):
            throw CancellationError()
        case (.error(let sentence), _):
            throw ClusterRunnerError(code, "\(program.name): \(sentence: sentence.prefix(Self.quotedErrors))")
        case (.result(let members), .exited(0)):
            return members
        case (_, .timedOut):
            throw fault("did not end within \(Int(operation.limit.inSeconds)) s", errors)
        case (.result, _):
            throw fault("ended with exit code \(outcome.exitCode) after its result", errors)
        case (.nothing, .exited(126)), (.nothing, .exited(127)):
            throw fault("cannot be run", errors)
        case (.nothing, _):
            throw fault("ended with exit code \(outcome.exitCode) and without a result", errors)
        }
    }

    /// The code of the program's own errors: what is wrong with the parameters is the client's fault.
    private var code: ClusterRunnerError.Code {
        operation == .validate || operation == .projectID ? .invalidArgument : .failed
    }

    private func fault(_ clause: String, _ errors: String? = nil) -> ClusterRunnerError {
        let end = errors.flatMap { try? RegularFile($0).end(Self.quotedErrors) } ?? []
        let text = String(decoding: end, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let quote = text.isEmpty ? "" : " The end of its errors: \(text)"
        return ClusterRunnerError(
            .failed,
            "\(program.title) failed in \"\(operation.rawValue)\": it \(clause).\(quote)"
        )
    }
}

/// The lines of a pipe.
private struct LineReader {
    let pipe: NamedPipe
    let longest: Int
    /// The number of the last line, from 1.
    private(set) var number = 0
    private var buffer: [UInt8] = []
    /// The bytes at the beginning of the buffer that have no line feed.
    private var searched = 0

    struct TooLong: Error {}

    init(pipe: NamedPipe, longest: Int) {
        self.pipe = pipe
        self.longest = longest
    }

    /// Returns the next line without its line feed; nil at the end.
    mutating func next() async throws -> [UInt8]? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { drop(end + 1) }
                return count(buffer[..<end])
            }
            searched = buffer.count
            guard buffer.count <= longest else { throw TooLong() }
            let bytes = try await pipe.read()
            if bytes.isEmpty {
                defer { drop(buffer.count) }
                return buffer.isEmpty ? nil : count(buffer[...])
            }
            buffer += bytes
        }
    }

    private mutating func count(_ line: ArraySlice<UInt8>) -> [UInt8] {
        number += 1
        return Array(line)
    }

    private mutating func drop(_ length: Int) {
        buffer.removeFirst(length)
        searched = 0
    }
}
