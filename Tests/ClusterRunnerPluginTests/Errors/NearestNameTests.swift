import ClusterRunnerPlugin
import Testing

@Suite struct NearestNameTests {
    private let known = ["commands", "atomizers", "timeout", "retries"]

    @Test(arguments: [
        ("comands", "commands"), ("Commands", "commands"), ("commadns", "commands"), ("atomizer", "atomizers"),
        ("time_out", "timeout"), ("retires", "retries"),
    ])
    func `A slip of a letter or two finds the name`(name: String, expected: String) {
        #expect(nearestName(to: name, among: known) == expected)
    }

    @Test(arguments: ["", "x", "environment", "com"])
    func `A name too far from all finds none`(name: String) {
        #expect(nearestName(to: name, among: known) == nil)
    }

    @Test func `Of two as near, the first by alphabet is taken`() {
        #expect(nearestName(to: "ax", among: ["ac", "ab"]) == "ab")
        #expect(nearestName(to: "a", among: [String]()) == nil)
    }

    @Test func `A very long name is compared with none`() {
        // A comparison would cost one step and some memory for each pair of characters.
        #expect(nearestName(to: String(repeating: "a", count: 1_000_000), among: known) == nil)
    }
}
