import ClusterRunnerJobFile
import Testing

@Suite struct ShellNameTests {
    @Test(arguments: ["A", "_", "a1", "TEST_FILE", "_0", "zZ9_"])
    func `Letters, digits and underscores make a name`(name: String) {
        #expect(ShellName.isValid(name))
    }

    @Test(arguments: ["", "1A", "A-B", "A B", "A=B", "É", "A\u{301}", "A\n", "$A", "@", "[", "`", "{"])
    func `Anything else is no name`(name: String) {
        #expect(!ShellName.isValid(name))
    }
}
