import ClusterRunnerDomain
import Testing

/// A case as a runner reports it, the atoms of the job, and the atom to which it belongs.
struct MatchedCase: Sendable, CustomTestStringConvertible {
    let runner: String
    let name: String
    var className: String?
    var file: String?
    let atoms: [String]
    let expected: String?

    var testDescription: String { "\(runner): \(className ?? "") \(name)" }

    static let all: [Self] = [
        Self(
            runner: "pytest",
            name: "test_half",
            className: "tests.test_billing.TestRounding",
            atoms: ["$PROJECT_DIR/tests/test_billing.py", "$PROJECT_DIR/tests/test_api.py"],
            expected: "$PROJECT_DIR/tests/test_billing.py"
        ),
        Self(
            runner: "pytest with a file",
            name: "test_half",
            className: "tests.test_billing",
            file: "tests/test_billing.py",
            atoms: ["src/tests/test_billing.py", "tests/test_billing.py"],
            expected: "tests/test_billing.py"
        ),
        Self(
            runner: "pytest in the project's folder",
            name: "test_half",
            className: "test_billing.TestRounding",
            atoms: ["test_billing.py", "test_api.py"],
            expected: "test_billing.py"
        ),
        Self(
            runner: "pytest, atoms of one case",
            name: "test_half[2.5]",
            className: "tests.test_billing.TestRounding",
            atoms: ["tests/test_billing.py::TestRounding::test_half", "tests/test_billing.py::TestRounding::test_up"],
            expected: "tests/test_billing.py::TestRounding::test_half"
        ),
        Self(
            runner: "pytest, atoms of one class",
            name: "test_half",
            className: "tests.test_billing.TestRounding",
            atoms: ["tests/test_billing.py::TestRounding", "tests/test_billing.py::TestTax"],
            expected: "tests/test_billing.py::TestRounding"
        ),
        Self(
            runner: "pytest-split",
            name: "tests/test_billing.py::TestRounding::test_half[a/b::c]",
            atoms: ["tests/test_api.py", "tests/test_billing.py"],
            expected: "tests/test_billing.py"
        ),
        Self(
            runner: "pytest, atom with options",
            name: "test_half",
            file: "tests/test_billing.py",
            atoms: ["tests/test_billing.py --slow", "tests/test_api.py --slow"],
            expected: "tests/test_billing.py --slow"
        ),
        Self(
            runner: "pytest, atom with options and an absolute file",
            name: "test_half",
            file: "/home/ci/tests/test_billing.py",
            atoms: ["tests/test_billing.py --slow", "tests/test_api.py --slow"],
            expected: "tests/test_billing.py --slow"
        ),
        Self(
            runner: "pytest, atoms of one file in parts",
            name: "test_half",
            file: "tests/test_billing.py",
            atoms: ["tests/test_billing.py --part 1", "tests/test_billing.py --part 2"],
            expected: nil
        ),
        Self(
            runner: "Surefire",
            name: "adds",
            className: "com.x.FooTest",
            atoms: ["src/test/java/com/x/FooTest.java", "src/test/java/com/y/FooTest.java"],
            expected: "src/test/java/com/x/FooTest.java"
        ),
        Self(
            runner: "Surefire, nested class",
            name: "adds()",
            className: "com.x.FooTest$Empty",
            atoms: ["src/test/java/com/x/FooTest.java", "src/test/java/com/x/Empty.java"],
            expected: "src/test/java/com/x/FooTest.java"
        ),
        Self(
            runner: "Surefire, atoms of the class",
            name: "adds",
            className: "com.x.FooTest",
            atoms: ["FooTest", "BarTest"],
            expected: "FooTest"
        ),
        Self(
            runner: "Surefire, atoms of the method",
            name: "adds",
            className: "com.x.FooTest",
            atoms: ["com.x.FooTest#adds", "com.x.FooTest"],
            expected: "com.x.FooTest#adds"
        ),
        Self(
            runner: "Surefire, package without an atom",
            name: "adds",
            className: "com.x.FooTest",
            atoms: ["src/com.java", "src/x.java"],
            expected: nil
        ),
        Self(
            runner: "Jest with a file",
            name: "Cart adds",
            className: "Cart adds",
            file: "/home/ci/shop/src/cart.test.ts",
            atoms: ["src/cart.test.ts", "src/cart.test.js"],
            expected: "src/cart.test.ts"
        ),
        Self(
            runner: "Jest with the file as class",
            name: "adds",
            className: "src/cart.test.ts",
            atoms: ["src/cart.test.ts", "src/order.test.ts"],
            expected: "src/cart.test.ts"
        ),
        Self(
            runner: "Jest with titles only",
            name: "Cart adds GET /api",
            className: "Cart GET /api",
            atoms: ["src/cart.test.ts", "src/api"],
            expected: nil
        ),
        Self(
            runner: "gotestsum",
            name: "TestSplit/empty",
            className: "example.com/shop/pkg/text",
            atoms: ["./pkg/text", "./pkg/text/wrap"],
            expected: "./pkg/text"
        ),
        Self(
            runner: "gotestsum, atoms of the package",
            name: "TestSplit",
            className: "example.com/shop/pkg/text",
            atoms: ["example.com/shop/pkg/text", "example.com/shop/pkg"],
            expected: "example.com/shop/pkg/text"
        ),
        Self(
            runner: "go test, atoms of the test",
            name: "TestSplit/empty",
            atoms: ["TestSplit", "TestJoin"],
            expected: "TestSplit"
        ),
        Self(
            runner: "PHPUnit",
            name: "testAdds",
            className: "Tests.Unit.CartTest",
            file: "/srv/app/tests/Unit/CartTest.php",
            atoms: ["tests/Unit/CartTest.php", "tests/Feature/CartTest.php"],
            expected: "tests/Unit/CartTest.php"
        ),
        Self(
            runner: "PHPUnit, atoms of the class",
            name: "testAdds",
            className: "Tests\\Unit\\CartTest",
            atoms: ["CartTest", "OrderTest"],
            expected: "CartTest"
        ),
        Self(
            runner: "RSpec",
            name: "User is valid",
            className: "spec.models.user_spec",
            file: "./spec/models/user_spec.rb",
            atoms: ["spec/models/user_spec.rb", "spec/user_spec.rb"],
            expected: "spec/models/user_spec.rb"
        ),
        Self(
            runner: "RSpec, atoms of folders",
            name: "User is valid",
            file: "./spec/models/user_spec.rb",
            atoms: ["spec", "spec/models/", "spec/views/"],
            expected: "spec/models/"
        ),
        Self(
            runner: "ctest",
            name: "text.split",
            className: "text.split",
            atoms: ["text", "text.split"],
            expected: "text.split"
        ),
        Self(
            runner: "Swift",
            name: "adds()",
            className: "ShopTests.CartTests",
            atoms: ["ShopTests.CartTests/adds", "ShopTests.CartTests/takes"],
            expected: "ShopTests.CartTests/adds"
        ),
        Self(
            runner: "Swift, atoms of files",
            name: "adds()",
            className: "ShopTests.CartTests",
            atoms: ["Tests/ShopTests/CartTests.swift", "Tests/APITests/CartTests.swift"],
            expected: "Tests/ShopTests/CartTests.swift"
        ),
        Self(
            runner: "Swift, atoms of suites",
            name: "testAdds",
            className: "ShopTests.CartTests",
            atoms: ["CartTests", "OrderTests"],
            expected: "CartTests"
        ),
        Self(
            runner: "nextest",
            name: "cart::tests::adds",
            className: "shop",
            atoms: ["cart::tests", "cart", "order"],
            expected: "cart::tests"
        ),
        Self(
            runner: "nextest, atoms of the binary",
            name: "cart::tests::adds",
            className: "shop::api",
            atoms: ["shop::api", "shop::cli"],
            expected: "shop::api"
        ),
        Self(
            runner: "bats",
            name: "adds two numbers",
            className: "cart.bats",
            atoms: ["test/cart.bats"],
            expected: "test/cart.bats"
        ),
        Self(
            runner: "TAP",
            name: "adds two numbers",
            atoms: ["adds two numbers", "adds"],
            expected: "adds two numbers"
        ),
        Self(runner: "TAP, a sentence", name: "adds two numbers", atoms: ["adds", "adds two"], expected: nil),
        Self(runner: "two atoms alike", name: "adds", file: "a.py", atoms: ["x/a.py", "y/a.py"], expected: nil),
        Self(
            runner: "an absolute folder",
            name: "adds",
            file: "/b/ci/t/api/a.py",
            atoms: ["t/api", "ci"],
            expected: "t/api"
        ),
        Self(
            runner: "part of a component",
            name: "adds",
            file: "a.py",
            atoms: ["data.py", "tests/data.py"],
            expected: nil
        ),
        Self(runner: "nothing", name: "", className: "", file: "", atoms: ["", "a"], expected: nil),
        Self(
            runner: "only separators",
            name: "::",
            className: "...",
            file: "///",
            atoms: ["::", "/", "."],
            expected: "::"
        ),
    ]
}

struct CaseMatcherTests {
    @Test(arguments: MatchedCase.all)
    func `A case belongs to the atom that its runner's names lead to`(_ each: MatchedCase) {
        let matcher = CaseMatcher(atoms: each.atoms)
        let found = matcher.atom(
            of: TestCase(name: each.name, className: each.className, file: each.file, outcome: .passed)
        )
        #expect(found.map { each.atoms[$0] } == each.expected)
    }

    @Test func `A case of two equal atoms belongs to neither`() {
        let matcher = CaseMatcher(atoms: ["a.py", "a.py"])
        #expect(matcher.atom(of: TestCase(name: "adds", file: "a.py", outcome: .passed)) == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func `Matching 100,000 cases with 10,000 atoms takes no product of both`() {
        let atoms = (0..<10_000).map { "$PROJECT_DIR/tests/part\($0 % 100)/test_\($0).py" }
        let matcher = CaseMatcher(atoms: atoms)
        var matched = 0
        for number in 0..<100_000 {
            let (atom, part) = (number % 10_000, number % 100)
            let each = TestCase(name: "test_x", className: "tests.part\(part).test_\(atom).TestX", outcome: .passed)
            if matcher.atom(of: each) == atom { matched += 1 }
        }
        #expect(matched == 100_000)
    }
}
