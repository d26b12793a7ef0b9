import Testing

@testable import ClusterRunnerCommands

@Suite struct RerunCommandTests {
    @Test(
        arguments: [
            (["build"], "clusterrunner build --failed"),
            (
                ["build", "-j", "Unit tests", "--atom", "-x", "--atom=b"],
                "clusterrunner build -j 'Unit tests' --failed"
            ),
            (["build", "--failed", "--only", "*"], "clusterrunner build --failed"),
            (["build", "--repeat", "20", "--retries", "2"], "clusterrunner build --retries 2 --failed"),
            (["build", "git", "--url=https://h/a.git"], "clusterrunner build git --url=https://h/a.git --failed"),
            (["build", "--job-name", "it's"], #"clusterrunner build --job-name 'it'\''s' --failed"#),
            (["build", "--job-name", "", "$HOME", "~"], "clusterrunner build --job-name '' '$HOME' '~' --failed"),
            (["build", "-j", "a\n\u{1B}b\\"], #"clusterrunner build -j $'a\x0a\x1bb\\' --failed"#),
        ]
    )
    func `The command is that of the build, with what failed in place of its choice`(words: [String], text: String) {
        #expect(RerunCommand(words).text == text)
    }
}
