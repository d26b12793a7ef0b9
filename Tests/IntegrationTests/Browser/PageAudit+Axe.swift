import ClusterRunnerPlugin
import Foundation
import Testing

/// The audit by axe-core, which `scripts/setup.sh test` installs.
extension BrowserPage {
    /// Returns the barriers that axe-core finds in the page: the rule, and the element.
    func axeViolations() async throws -> [String] {
        try await evaluate(Self.axe.get() + "\n0")
        return try await evaluate(Self.axeScript).array?.compactMap(\.string) ?? ["axe-core says nothing."]
    }

    /// The text of axe-core, read once.
    private static let axe = Result { () throws -> String in
        let repository = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let folder = repository.appending(path: ".build/axe/lib")
        let pythons = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        let files = pythons.map { $0.appending(path: "site-packages/axe_playwright_python/axe.min.js") }
        guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw ProgramFailure("axe-core is not below \(folder.path): scripts/setup.sh test installs it.")
        }
        return try String(contentsOf: file, encoding: .utf8)
    }

    private static let axeScript = """
        axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.flatMap(
          ({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)).slice(0, 20))
        """
}
