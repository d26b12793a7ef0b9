import Testing

@testable import ClusterRunnerCommands

@Suite struct ResultsDeliveryTests {
    @Test func `What the file system did not take is told, the first ten of it by name`() throws {
        let directory = try ResultsDirectory("/r", currentDirectory: "/")
        func lines(_ count: Int) -> [String] {
            let notes = (0..<count).map { "artifact_\($0)_0: \"a:b\" is left out." }
            return ResultsDelivery.Outcome.delivered(besideEarlier: false, notes: notes).omissions(directory)
        }
        #expect(lines(0).isEmpty)
        #expect(lines(1) == ["Not all results could be put into /r:", "  artifact_0_0: \"a:b\" is left out."])
        #expect(lines(12).count == 12)
        #expect(lines(12).last == "  and 2 more.")
    }
}
