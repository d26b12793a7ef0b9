import ClusterRunnerConformance
import ClusterRunnerPlugin
import DirectoryProjectType
import Foundation
import Testing

@testable import ClusterRunnerPrograms

@Suite struct ProgramCatalogTests {
    private let fixture: ProgramFixture

    init() throws { fixture = try ProgramFixture() }

    @Test func `Each executable is a type, by its file name`() async throws {
        try fixture.writeType("tarball", parameters: #"{"name":"source","required":true,"help":"It."}"#)
        try fixture.write("clusterrunner-project-pypi.py", "#!/bin/sh\n", in: "bin")
        try fixture.write("README.md", "")
        _ = try fixture.workspace("types/lib")
        let registry = fixture.registry(path: ":relative:/no/such:\(fixture.folder)/bin")
        let type = try await registry.type(named: "tarball")
        #expect(type.summary == "A type." && type.parameters.map(\.name) == ["source"] && type.parameters[0].isRequired)
        #expect(registry.contains("pypi"))
        #expect(registry.all.map(\.name) == ["tarball"])
        #expect(registry.unavailable.map(\.name) == ["pypi"])
        let sentence = await refusal { _ = try await registry.type(named: "svn") }
        #expect(sentence == "Unknown project type \"svn\". Known types: \"pypi\", \"tarball\".")
    }

    @Test func `What cannot be used is named, and the others work`() async throws {
        try fixture.writeType("good")
        try fixture.writeType("directory")
        try fixture.write("plain", "", permissions: 0o644)
        for file in ["two.py", "two.sh"] { try fixture.write(file, "") }
        try fixture.write("other_name", #"#!/bin/sh\#necho '{"result":{"protocol":1,"name":"x","summary":"S."}}'"#)
        try fixture.write("newer", #"#!/bin/sh\#necho '{"result":{"protocol":7,"name":"newer","summary":"S."}}'"#)
        let catalog = fixture.catalog()
        let builtIn = ProjectTypeRegistry([DirectoryProjectType.self])
        var registry = builtIn
        catalog.register(in: &registry)
        await catalog.describeAll()
        let types = "\(fixture.folder)/types"
        #expect(registry.all.map(\.name) == ["directory", "good"])
        #expect(
            registry.unavailable.map(\.reason) == [
                "The description of \(types)/newer speaks version 7 of the protocol; this ClusterRunner speaks 1.",
                "The description of \(types)/other_name names itself \"x\"; by its file name it should be \"other_name\".",
                "\(types)/plain is not executable. Run: chmod +x \(types)/plain",
                "Two executables implement \"two\": \(types)/two.py and \(types)/two.sh. Remove one of them.",
            ]
        )
        #expect(
            catalog.conflicts(with: builtIn)
                == [
                    "\(types)/directory is not used: the project type \"directory\" is built in. "
                        + "Rename the executable."
                ]
        )
    }

    @Test func `Many programs are described a few at a time`() async throws {
        for number in 0..<40 { try fixture.writeType("type\(number)") }
        let catalog = fixture.catalog()
        var registry = ProjectTypeRegistry()
        catalog.register(in: &registry)
        await catalog.describeAll()
        #expect(registry.all.count == 40 && registry.unavailable.isEmpty)
    }

    @Test func `A description is asked for once for each content of a file`() async throws {
        let count = "\(fixture.folder)/count"
        func write(_ summary: String) throws {
            try fixture.write(
                "counted",
                """
                #!/bin/sh
                echo x >> '\(count)'
                echo '{"result":{"protocol":1,"name":"counted","summary":"\(summary)"}}'
                """
            )
        }
        func calls() throws -> Int { try String(contentsOfFile: count, encoding: .utf8).split(separator: "\n").count }
        try write("First.")
        for _ in 1...3 { #expect(try await fixture.registry().type(named: "counted").summary == "First.") }
        #expect(try calls() == 1)
        // Known without asking.
        #expect(fixture.registry().all.map(\.summary) == ["First."])
        try write("The second one.")
        #expect(try await fixture.registry().type(named: "counted").summary == "The second one.")
        #expect(try calls() == 2)
        try Data("{broken".utf8).write(to: URL(filePath: "\(fixture.folder)/cache.json"))
        #expect(try await fixture.registry().type(named: "counted").summary == "The second one.")
        #expect(try calls() == 3)
    }

    @Test(
        arguments: [
            (#""name":"t","summary":"S.""#, "has no \"protocol\"; it should be 1"),
            (#""protocol":1,"name":"t""#, "has no \"summary\", which is a string"),
            (#""protocol":1,"name":"t","summary":"S.","parameters":{}"#, "has \"parameters\" that are not a list"),
            (#""protocol":1,"name":"t","summary":"S.","parameters":[{"name":"aB","help":"H."}]"#, "is not snake case"),
            (#""protocol":1,"name":"t","summary":"S.","parameters":[{"name":"a"}]"#, "has no \"help\""),
            (
                #""protocol":1,"name":"t","summary":"S.","parameters":[{"name":"a","help":"H.","kind":"job"}]"#,
                "of an unknown kind; known are string, path, local path, flag, list of strings"
            ),
            (
                #""protocol":1,"name":"t","summary":"S.","parameters":[{"name":"a","help":"H.","type":"x"}]"#,
                "has \"type\" in its parameter \"a\""
            ),
            (
                #""protocol":1,"name":"t","summary":"S.","parameters":[{"name":"config","help":"H."}]"#,
                "\"config\" twice, or every type has it"
            ),
            (
                #""protocol":1,"name":"t","summary":"S.","parameters":[{"name":"version","help":"H."}]"#,
                "\"version\", which is an option of every build"
            ),
            (#""protocol":1,"name":"t","summary":"S.","operations":["fly"]"#, "has the unknown operation \"fly\""),
        ]
    )
    func `A wrong description is refused by what is wrong`(members: String, clause: String) async throws {
        try fixture.write("t", "#!/bin/sh\necho '{\"result\":{\(members)}}'")
        let sentence = await refusal { _ = try await fixture.registry().type(named: "t") }
        #expect(sentence?.contains(clause) == true, "\(sentence ?? "nothing")")
    }

    @Test func `Examples keep the rules of project types`() async throws {
        let examples = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../examples/project-programs")
        let archive = "\(fixture.folder)/a.tar"
        let source = try fixture.workspace("source")
        try Data("x".utf8).write(to: URL(filePath: "\(source)/file"))
        let made = try await fixture.machine.runner.run(
            ShellCommand(
                script: "tar -cf ../a.tar .",
                directory: source,
                environment: ["PATH": "/usr/bin:/bin"],
                output: .combined(path: "\(fixture.folder)/tar.txt")
            )
        )
        try #require(made.isSuccess)
        let program = try ProjectProgram(file: examples.appending(path: "tarball.sh").standardized.path)
        let rules = ProjectTypeRules(
            try await ProgramCatalog.type(of: program, on: fixture.machine),
            validParameters: ["source": .string(archive)]
        ) { [fixture] storage, role in
            ProjectContext(storageDirectory: storage, role: role, logger: fixture.logger)
        }
        for (number, rule) in rules.all.enumerated() {
            let breaches = await rule.breaches(scratch: try fixture.workspace("rule-\(number)"))
            #expect(breaches.isEmpty, "\(rule.sentence)")
        }
    }
}
