import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerSlave

@Suite struct CaseOwnersTests {
    private func owner(
        _ atoms: [String],
        _ className: String?,
        file: String? = nil,
        name: String = "test_x"
    ) -> Int? {
        let owners = CaseOwners(atoms.map { Atom(variable: "T", value: $0) }, projectDirectory: "/work/project")
        return owners.owner(of: TestCase(name: name, className: className, file: file, outcome: .passed))
    }

    @Test func `A case belongs to the atom of its file`() {
        let atoms = ["tests/test_a.py", "./tests/test_b.py", "$PROJECT_DIR/spec/c_spec.rb"]
        #expect(owner(atoms, "X", file: "tests/test_a.py") == 0)
        #expect(owner(atoms, "X", file: "./tests/test_b.py") == 1)
        #expect(owner(atoms, "X", file: "/work/project/spec/c_spec.rb") == 2)
        #expect(owner(atoms, "X", file: "/elsewhere/tests/test_a.py") == nil)
    }

    @Test func `A case belongs to the atom whose module or class its names begin with, the longest first`() {
        let atoms = [
            "tests/test_a.py", "tests/test_a/test_b.py", "com.example.FirstTest", "tests/test_n.py::TestN::test_x",
        ]
        #expect(owner(atoms, "tests.test_a") == 0)
        #expect(owner(atoms, "tests.test_a.TestX") == 0)
        #expect(owner(atoms, "tests.test_a.test_b.TestX") == 1)
        #expect(owner(atoms, "tests.test_ab") == nil, "not a name of its own")
        #expect(owner(atoms, "com.example.FirstTest") == 2)
        #expect(owner(atoms, "com.example.SecondTest") == nil, "a dot of a package is no ending of a file")
        #expect(owner(atoms, "tests.test_n.TestN") == 3)
        #expect(owner(atoms, "tests.test_n.TestN", name: "test_y") == nil)
        #expect(owner(atoms, nil, name: "a sentence. With dots") == nil)
    }

    @Test func `A name of two atoms is the name of none`() {
        #expect(owner(["a.py", "a.py"], "a") == nil)
        #expect(owner(["a.py", "a.js", "b.py"], "a") == nil)
        #expect(owner(["a.py", "a.js", "b.py"], "b") == 2)
    }
}
