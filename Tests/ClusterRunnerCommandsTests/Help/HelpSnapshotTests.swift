import ArgumentParser
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerCommands

/// The help screens, compared with their files; `RENEW_HELP=1` rewrites the files.
@Suite struct HelpSnapshotTests {
    static let screens = [
        HelpScreen("--help"), HelpScreen("build", "--help"), HelpScreen("build", "git", "--help"),
        HelpScreen("build", "directory", "--help"), HelpScreen("check", "--help"), HelpScreen("master", "--help"),
        HelpScreen("slave", "--help"), HelpScreen("shutdown", "--help"), HelpScreen("stop", "--help"),
        HelpScreen("completions", "--help"), HelpScreen("status", "--help"), HelpScreen("logs", "--help"),
        HelpScreen("cancel", "--help"), HelpScreen("retry", "--help"), HelpScreen("slaves", "--help"),
        HelpScreen("check-plugin", "--help"), HelpScreen("watch", "--help"), HelpScreen("download", "--help"),
        HelpScreen("delete", "--help"), HelpScreen("config", "--help"), HelpScreen("history", "--help"),
        HelpScreen("dashboard", "--help"), HelpScreen("deploy", "--help"), HelpScreen("start-service", "--help"),
    ]

    @Test(arguments: screens) func `A help screen says what its file says`(screen: HelpScreen) throws {
        if HelpScreen.isRenewing { try screen.text.write(toFile: screen.file, atomically: true, encoding: .utf8) }
        let expected = try String(contentsOfFile: screen.file, encoding: .utf8)
        #expect(screen.text == expected, "See CONTRIBUTING.md, \"Tests\", for how to renew \(screen.file).")
    }

    @Test func `No project type can have a parameter with the name of an option of every build`() {
        let help = ClusterRunnerCommand.helpMessage(for: BuildVerb.self, columns: 100)
        let options = Set(help.matches(of: /--([a-z-]+)/).map { String($0.1).replacing("-", with: "_") })
        // The job's name is a parameter, too, which some types require.
        #expect(
            options.subtracting(["job_name"])
                == ProjectParameter.reservedNames.subtracting(["join", "requester", "type"])
        )
    }

    @Test func `Every verb has a screen that is compared`() {
        let verbs = ClusterRunnerCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        #expect(Set(verbs).isSubset(of: Self.screens.compactMap { $0.arguments.first }))
        #expect(verbs.count == 21)
    }

    @Test func `Screens are wrapped at a hundred columns, apart from usages and what project types say`() {
        for screen in Self.screens {
            let own = screen.text.split(separator: "\n").prefix { !$0.hasPrefix("OPTIONS OF") }
            #expect(own.allSatisfy { $0.count <= 100 || $0.hasPrefix("USAGE") }, "\(screen.testDescription)")
        }
    }

    @Test(
        arguments: [
            ["help", "build", "git"], ["build", "git", "-h"], ["build", "git", "--url", "u", "--help"],
        ]
    )
    func `Help of a project type is found however it is asked for`(arguments: [String]) {
        let help = BuildHelp(arguments: arguments, registry: .real)
        #expect(help.map { $0.text + "\n" } == HelpScreen("build", "git", "--help").text)
    }

    @Test func `Help of an unknown project type shows all of them`() {
        let help = BuildHelp(arguments: ["build", "svn", "--help"], registry: .real)
        #expect(help.map { $0.text + "\n" } == HelpScreen("build", "--help").text)
    }

    @Test(arguments: [
        ["build", "git"], ["build", "--atom", "--help", "--only", "-h"], ["check", "--help"], ["--help"], [],
    ])
    func `Other arguments are no request for the help of a build`(arguments: [String]) {
        #expect(BuildHelp(arguments: arguments, registry: .real)?.text == nil)
    }

    @Test func `A project type brings its options with defaults and obligations`() throws {
        let text = try #require(
            BuildHelp(arguments: ["build", "git", "--help"], registry: .real)?.text.split(
                separator: "OPTIONS OF \"build git\""
            ).last
        )
        #expect(text.contains("  --url <value>"))
        #expect(text.contains("Required."))
        #expect(text.contains("(default: origin)"))
        #expect(text.contains("  --config <yaml>"))
        #expect(text.contains("May be given several times."))
        #expect(!text.contains("--remote-files"))
        #expect(!text.contains("--job-name"))
    }
}
