import ArgumentParser
import Foundation
import Testing

@testable import ClusterRunnerCommands

/// One help screen of the program, and the file of its expected text.
struct HelpScreen: Sendable, CustomTestStringConvertible {
    /// The arguments of the request.
    let arguments: [String]

    init(_ arguments: String...) {
        self.arguments = arguments
    }

    var testDescription: String { "clusterrunner \(arguments.joined(separator: " "))" }

    /// The output of the program, wrapped at 100 columns, however wide the terminal is.
    var text: String {
        if let help = BuildHelp(arguments: arguments, registry: .real) { return help.text + "\n" }
        return Self.message(for: arguments) + "\n"
    }

    /// Returns the answer to arguments that ask for help or that are invalid.
    static func message(for arguments: [String]) -> String {
        do {
            var command = try ClusterRunnerCommand.parseAsRoot(arguments)
            let name = String(describing: type(of: command))
            if name == "HelpCommand" { try command.run() }
            return "(a command: \(name))"
        } catch {
            return ClusterRunnerCommand.fullMessage(for: error, columns: 100)
        }
    }

    /// The file of the expected text, beside this one.
    var file: String {
        let words = arguments.filter { !$0.hasPrefix("-") }
        let name = (["clusterrunner"] + words).joined(separator: "-")
        return "\(URL(filePath: #filePath).deletingLastPathComponent().path())Expected/\(name).txt"
    }

    /// Whether the files are rewritten instead of compared.
    static var isRenewing: Bool { ProcessInfo.processInfo.environment["RENEW_HELP"] == "1" }
}
