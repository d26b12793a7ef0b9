import ClusterRunnerDomain
import ClusterRunnerPlugin

extension ArtifactCase {
    /// The cases of additional request fields, and of common mistakes.
    static let special: [ArtifactCase] = [
        ArtifactCase(
            name: "remote files, named both ways",
            project: Project(jobFile: job(commands: "[cat a/local.txt, cut -c 2-19 version.json]")),
            fields: [
                "remote_files": [
                    "file://SCRATCH/master.conf": "a/local.txt", "version.json": "http://127.0.0.1:PORT/v1/version",
                ]
            ],
            expected: tree([
                atom(
                    0,
                    #"export N="1";"#,
                    "cat a/local.txt\(status)cut -c 2-19 version.json",
                    output: .pattern(#"\[general\](?s:.)*"STATUS":"SUCCESS"\n"#)
                )
            ])
        ),
        ArtifactCase(
            name: "atoms_override",
            project: Project(jobFile: job(commands: "[echo $N]")),
            fields: ["atoms_override": [#"export N="seven";"#, #"export N="e \"8\"";"#]],
            expected: tree([
                atom(0, #"export N="seven";"#, "echo $N", output: .text("seven\n")),
                atom(1, #"export N="e \"8\"";"#, "echo $N", output: .text("e \"8\"\n")),
            ])
        ),
        ArtifactCase(
            name: "a job that comes with the request",
            project: Project(files: ["file": "no job file here\n"]),
            job: "Inline",
            fields: [
                "config": ["commands": ["cat file", "echo $CLUSTERRUNNER_JOB_NAME"], "atomizers": [["N": "echo 1"]]]
            ],
            expected: tree([
                atom(
                    0,
                    #"export N="1";"#,
                    "cat file\(status)echo $CLUSTERRUNNER_JOB_NAME",
                    output: .text("no job file here\nInline\n")
                )
            ])
        ),
        ArtifactCase(
            name: "console output that is no text",
            source: .directory("binary"),
            project: Project(jobFile: job(commands: #"["printf '\\377\\000\\001\\n\\200'"]"#)),
            expected: tree([
                atom(
                    0,
                    #"export N="1";"#,
                    #"printf '\377\000\001\n\200'"#,
                    output: .bytes([0xFF, 0, 1, 0x0A, 0x80])
                )
            ])
        ),
        ArtifactCase(
            name: "paths with spaces",
            source: .directory("a project with spaces"),
            project: Project(
                jobFile: job(commands: #"['cp "$PROJECT_DIR/the input" "$ARTIFACT_DIR/the output"']"#),
                files: ["the input": "spaced\n"]
            ),
            expected: tree([
                atom(
                    0,
                    #"export N="1";"#,
                    #"cp "$PROJECT_DIR/the input" "$ARTIFACT_DIR/the output""#,
                    files: ["the output": .text("spaced\n")]
                )
            ])
        ),
        ArtifactCase(
            name: "a folder with spaces in a repository",
            source: .git(path: "a folder/with spaces"),
            project: Project(jobFile: job(commands: #"['cat "the file"']"#), files: ["the file": "spaced\n"]),
            expected: tree([atom(0, #"export N="1";"#, #"cat "the file""#, output: .text("spaced\n"))])
        ),
        ArtifactCase(
            name: "hostile values of atoms",
            project: Project(
                jobFile: """
                    Tests:
                      commands: ['printf %s "$VALUE"']
                      atomizers: [{VALUE: cat values}]
                    """,
                files: ["values": hostileValues.map { "\($0.value)\n" }.joined()]
            ),
            expected: tree(
                hostileValues.enumerated().map { index, atom in
                    Self.atom(
                        SubjobID(index),
                        #"export VALUE="\#(atom.shown)";"#,
                        #"printf %s "$VALUE""#,
                        output: .text(atom.value)
                    )
                }
            )
        ),
    ]

    /// Values with a meaning to a shell, and their form in results.
    private static let hostileValues: [(value: String, shown: String)] = [
        ("$(exit 9)", #"\$(exit 9)"#),
        ("`exit 9`", #"\`exit 9\`"#),
        (#"a"; exit 9; ""#, #"a\"; exit 9; \""#),
        ("it's; exit 9", "it's; exit 9"),
        (#"back\slash\"#, #"back\\slash\\"#),
        ("$HOME ${HOME}", #"\$HOME \${HOME}"#),
        ("-n -e * ? [a-z] ~ !!", "-n -e * ? [a-z] ~ !!"),
        ("a && exit 9 | cat > file &", "a && exit 9 | cat > file &"),
        ("naïve 日本語 \u{1F600}", "naïve 日本語 \u{1F600}"),
        ("../../../etc/passwd", "../../../etc/passwd"),
    ]

    /// Makes a job file with one atom.
    private static func job(commands: String) -> String {
        """
        Tests:
          commands: \(commands)
          atomizers: [{N: echo 1}]
        """
    }
}
