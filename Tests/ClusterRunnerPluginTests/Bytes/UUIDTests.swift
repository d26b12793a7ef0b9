import ClusterRunnerPlugin
import Foundation
import Testing

@Suite struct UUIDTests {
    @Test func `Random numbers are of version 4, and each is another`() {
        let numbers = (0..<1000).map { _ in UUID.random().uuidString }
        #expect(Set(numbers).count == 1000)
        #expect(numbers.allSatisfy { $0.dropFirst(14).first == "4" && "89AB".contains($0.dropFirst(19).first ?? "?") })
    }
}
