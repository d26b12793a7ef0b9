import ClusterRunnerDomain
import ClusterRunnerPlugin

extension ArtifactCase {
    /// The cases of usual job files.
    static let plain: [ArtifactCase] = [
        ArtifactCase(
            name: "success",
            project: Project(
                jobFile: """
                    Tests:
                      commands:
                        - echo "Hello, $NAME."
                        - mkdir "$ARTIFACT_DIR/deep"; cp data.txt "$ARTIFACT_DIR/deep/copy.txt"
                      atomizers:
                        - NAME: printf 'one\\ntwo\\n'
                    """,
                files: ["data.txt": "data\n"]
            ),
            expected: tree([
                atom(
                    0,
                    #"export NAME="one";"#,
                    copying,
                    output: .text("Hello, one.\n"),
                    files: ["deep/copy.txt": .text("data\n")]
                ),
                atom(
                    1,
                    #"export NAME="two";"#,
                    copying,
                    output: .text("Hello, two.\n"),
                    files: ["deep/copy.txt": .text("data\n")]
                ),
            ])
        ),
        ArtifactCase(
            name: "one failing atom",
            project: Project(
                jobFile: """
                    Tests:
                      commands: [echo $N, test $N -ne 2]
                      atomizers: [{N: seq 3}]
                    """
            ),
            status: "FAILURE",
            failedAtoms: [#"export N="2";"#],
            expected: tree(
                [
                    atom(0, #"export N="1";"#, "echo $N\(status)test $N -ne 2", output: .text("1\n")),
                    atom(1, #"export N="2";"#, "echo $N\(status)test $N -ne 2", output: .text("2\n"), exitCode: 1),
                    atom(2, #"export N="3";"#, "echo $N\(status)test $N -ne 2", output: .text("3\n")),
                ],
                failures: [1]
            )
        ),
        ArtifactCase(
            name: "setup and teardown",
            source: .directory("set-up"),
            project: Project(
                jobFile: """
                    Tests:
                      setup_build: [mkdir -p made, echo made by the setup > made/file]
                      commands: [cat made/file]
                      atomizers: [{N: echo 1}]
                      teardown_build: [rm -f made/file, exit 3]
                      max_executors: 1
                    """
            ),
            expected: tree([atom(0, #"export N="1";"#, "cat made/file", output: .text("made by the setup\n"))])
        ),
        ArtifactCase(
            name: "several jobs in a file",
            project: Project(
                jobFile: """
                    First:
                      commands: [exit 1]
                      atomizers: [{N: echo 1}]
                    Second:
                      commands: [echo second]
                      atomizers: [{A: echo a}, {B: echo b}]
                    """
            ),
            job: "Second",
            expected: tree([
                atom(0, #"export A="a";"#, "echo second", output: .text("second\n")),
                atom(1, #"export B="b";"#, "echo second", output: .text("second\n")),
            ])
        ),
        ArtifactCase(
            name: "a project inside the repository",
            source: .git(path: "services/mail"),
            project: Project(
                jobFile: """
                    Tests:
                      commands: [basename "$PROJECT_DIR", cat $FILE]
                      atomizers: [{FILE: ls $PROJECT_DIR/*.txt}]
                    """,
                files: ["a.txt": "A\n"]
            ),
            expected: tree([
                atom(
                    0,
                    #"export FILE="$PROJECT_DIR/a.txt";"#,
                    "basename \"$PROJECT_DIR\"\(status)cat $FILE",
                    output: .text("mail\nA\n")
                )
            ])
        ),
    ]

    private static let copying =
        #"echo "Hello, $NAME."\#(status)mkdir "$ARTIFACT_DIR/deep"; cp data.txt "$ARTIFACT_DIR/deep/copy.txt""#

    /// The text between two entries of a list of commands.
    static let status = "\n{ case $? in 0) ;; *) (exit $?) ;; esac; } 2>&- || exit $?\n"
}
