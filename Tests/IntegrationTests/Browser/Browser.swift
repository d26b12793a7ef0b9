import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

/// A headless Chromium with a profile of its own, driven over a pair of sockets.
struct Browser {
    /// The browser of the suite, for suites with ``SharedBrowser``.
    @TaskLocal static var shared: Browser?

    private let devTools: DevTools
    private let program: RunningProgram

    /// Runs `body` with a browser, and ends the browser afterwards.
    static func with(_ body: (Browser) async throws -> Void) async throws {
        try await withScratchDirectory { profile in
            let browser = try Browser(profile: profile)
            do {
                try await body(browser)
                await browser.end()
            } catch {
                await browser.end()
                throw error
            }
        }
    }

    private init(profile: String) throws {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        // Beyond the numbers under which the browser finds them.
        let end = fcntl(ends[1], F_DUPFD_CLOEXEC, 100)
        close(ends[1])
        defer { close(end) }
        program = try RunningProgram(
            "chromium",
            "/usr/bin/env",
            ["chromium"] + Self.arguments + ["--user-data-dir=\(profile)/profile", "about:blank"],
            in: profile,
            environment: ["TZ": "UTC", "LANGUAGE": "en"],
            descriptors: [3: end, 4: end]
        )
        devTools = DevTools(socket: ends[0])
    }

    private static let arguments = [
        "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-default-apps", "--no-default-browser-check",
        "--disable-features=OptimizationHints,MediaRouter,Translate",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]

    private func end() async {
        _ = try? await devTools.call("Browser.close")
        devTools.hangUp()
        await program.end()
    }

    /// Opens a tab on a master's pages, calls `body`, and expects no complaints in the tab.
    ///
    /// `origin` is `http://127.0.0.1:PORT`, the only origin that the page may send requests to.
    func page<Result>(
        _ view: BrowserView = BrowserView(),
        at origin: String,
        _ body: (BrowserPage) async throws -> Result
    ) async throws -> Result {
        let context = try await devTools.call("Target.createBrowserContext")["browserContextId"]
        let target = try await devTools.call(
            "Target.createTarget",
            ["url": "about:blank", "browserContextId": context]
        )["targetId"]
        let session = try await devTools.call("Target.attachToTarget", ["targetId": target, "flatten": true])
        let page = BrowserPage(devTools, session: try #require(session["sessionId"].string), origin: origin)
        try await page.prepare(view)
        let result = try await body(page)
        page.expectNoComplaints()
        try await devTools.call("Target.disposeBrowserContext", ["browserContextId": context])
        return result
    }
}

/// The size and settings of a tab.
struct BrowserView: Sendable {
    var width = 1280
    var height = 900
    var isDark = false
    var hasScripts = true

    /// A telephone held upright.
    static let phone = Self(width: 390, height: 844)
}

/// The trait of suites that share one browser.
struct SharedBrowser: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await Browser.with { browser in
            try await Browser.$shared.withValue(browser) { try await function() }
        }
    }
}

extension Trait where Self == SharedBrowser {
    /// Shares one browser among all tests of the suite, which find it as `Browser.current()`.
    static var browser: Self { Self() }
}

extension Browser {
    /// Returns the browser of the suite.
    static func current() throws -> Browser { try #require(shared, "The suite has no .browser.") }
}
