import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Foundation
import Testing

/// A tab of a browser.
final class BrowserPage: Sendable {
    private let devTools: DevTools
    private let session: String
    private let origin: String
    private let forgiven = Lock<[String]>([])

    init(_ devTools: DevTools, session: String, origin: String) {
        (self.devTools, self.session, self.origin) = (devTools, session, origin)
    }

    /// Sets up the page's view, and begins to collect its complaints.
    func prepare(_ view: BrowserView) async throws {
        for domain in ["Page", "Runtime", "Log", "Network"] { try await call("\(domain).enable") }
        try await call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .integer(view.width), "height": .integer(view.height), "deviceScaleFactor": 1,
                "mobile": .bool(view.width < 600),
            ]
        )
        try await call(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": view.isDark ? "dark" : "light"]]]
        )
        try await call("Emulation.setScriptExecutionDisabled", ["value": .bool(!view.hasScripts)])
    }

    @discardableResult
    private func call(_ method: String, _ parameters: JSONValue = [:]) async throws -> JSONValue {
        try await devTools.call(method, parameters, session: session)
    }

    private func loads() -> Int {
        devTools.events(of: session).count { $0.method == "Page.loadEventFired" }
    }

    /// The number of documents loaded into the page.
    var loadCount: Int { loads() }
}

// MARK: Looking

extension BrowserPage {
    /// Opens a path of the master, and waits until it is loaded.
    func open(_ path: String) async throws {
        try await navigates { try await call("Page.navigate", ["url": .string(origin + path)]) }
    }

    /// Waits until the document that `action` opens is loaded.
    func navigates(_ action: () async throws -> Void) async throws {
        let before = loads()
        try await action()
        try await devTools.waitForEvent("Page.loadEventFired", of: session, after: before)
    }

    /// Evaluates an expression, which may be a promise.
    @discardableResult
    func evaluate(_ expression: String) async throws -> JSONValue {
        let result = try await call(
            "Runtime.evaluate",
            ["expression": .string(expression), "awaitPromise": true, "returnByValue": true]
        )
        let exception = result["exceptionDetails"]
        guard exception == .null else {
            let text = exception["exception"]["description"].string ?? exception["text"].string ?? "\(exception)"
            throw ProgramFailure("\(expression)\n\(text)")
        }
        return result["result"]["value"]
    }

    /// Runs a script in each document that is opened from now on, before its own scripts.
    func beforeScripts(_ script: String) async throws {
        try await call("Page.addScriptToEvaluateOnNewDocument", ["source": .string(script)])
    }

    /// Returns the visible text of the page.
    func text(_ selector: String = "body") async throws -> String {
        try await evaluate("document.querySelector(\(Self.quoted(selector)))?.innerText ?? ''").string ?? ""
    }

    /// Waits until an expression is true; it is evaluated whenever the document changes.
    func wait(for expression: String, seconds: Int = 180) async throws {
        let script = """
            new Promise((done, fail) => {
                const watch = new MutationObserver(() => look());
                const end = (finish, value) => { watch.disconnect(); clearTimeout(timer); finish(value); };
                const look = () => {
                    try { if (\(expression)) end(done, true); } catch (error) { end(fail, error); }
                };
                const timer = setTimeout(() => end(fail, new Error('not within \(seconds) s: ' +
                    document.body.innerText.slice(0, 3000))), \(seconds * 1000));
                watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
                look();
            })
            """
        try await evaluate(script)
    }

    /// Waits until the page shows a text.
    func shows(_ text: String, in selector: String = "body", seconds: Int = 30) async throws {
        let place = "document.querySelector(\(Self.quoted(selector)))"
        try await wait(for: "\(place)?.innerText.includes(\(Self.quoted(text)))", seconds: seconds)
    }

    /// Quotes a text as a literal of JavaScript.
    static func quoted(_ text: String) -> String {
        let bytes = (try? JSONEncoder().encode(text)) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a screenshot of the whole page as a PNG.
    func screenshot(to path: String) async throws {
        let metrics = try await call("Page.getLayoutMetrics")["cssContentSize"]
        let height = min(metrics["height"].integer ?? 900, 4000)
        let clip: JSONValue = [
            "x": 0, "y": 0, "width": metrics["width"], "height": .integer(height), "scale": 1,
        ]
        let picture = try await call("Page.captureScreenshot", ["captureBeyondViewport": true, "clip": clip])["data"]
        let bytes = try #require(picture.string.flatMap { Data(base64Encoded: $0) })
        try bytes.write(to: URL(filePath: path))
    }
}

// MARK: Acting

extension BrowserPage {
    /// Clicks in the middle of an element, as a mouse does.
    func click(_ selector: String) async throws {
        let place = try await middle(of: selector)
        for kind in ["mousePressed", "mouseReleased"] {
            try await call(
                "Input.dispatchMouseEvent",
                ["type": .string(kind), "x": place[0], "y": place[1], "button": "left", "clickCount": 1]
            )
        }
    }

    /// Moves the mouse to the middle of an element.
    func hover(_ selector: String) async throws {
        let place = try await middle(of: selector)
        try await call("Input.dispatchMouseEvent", ["type": "mouseMoved", "x": place[0], "y": place[1]])
    }

    private func middle(of selector: String) async throws -> JSONValue {
        try await evaluate(
            """
            (() => {
                const element = document.querySelector(\(Self.quoted(selector)));
                if (!element) throw new Error('nothing to click');
                element.scrollIntoView({block: 'center'});
                const box = element.getBoundingClientRect();
                return [box.left + box.width / 2, box.top + box.height / 2];
            })()
            """
        )
    }

    /// Types a text at the cursor.
    func type(_ text: String) async throws {
        try await call("Input.insertText", ["text": .string(text)])
    }

    /// Presses a key: `Tab`, `Enter`, `Escape`, or a letter.
    func press(_ key: String, shift: Bool = false) async throws {
        let codes = [
            "Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
        ]
        var event: [String: JSONValue] = ["key": .string(key), "modifiers": shift ? 8 : 0]
        if let code = codes[key] {
            event["windowsVirtualKeyCode"] = .integer(code)
            event["code"] = .string(key)
        }
        let text = key == "Enter" ? "\r" : key.count == 1 ? key : nil
        if let text { event["text"] = .string(text) }
        event["type"] = text == nil ? "rawKeyDown" : "keyDown"
        try await call("Input.dispatchKeyEvent", .object(event))
        event["type"] = "keyUp"
        event["text"] = nil
        try await call("Input.dispatchKeyEvent", .object(event))
    }
}

// MARK: Complaints

extension BrowserPage {
    /// Ignores complaints that contain a text, such as about an answer that the test caused; an empty text ignores all.
    func forgive(_ text: String) { forgiven.withLock { $0.append(text) } }

    /// The complaints so far: errors and warnings of scripts, violations of the policy, requests to other origins.
    var complaints: [String] {
        let forgiven = forgiven.withLock { $0 }
        return devTools.events(of: session).compactMap(complaint).filter { text in
            !forgiven.contains { $0.isEmpty || text.contains($0) }
        }
    }

    /// Records an issue for each complaint.
    func expectNoComplaints() {
        for complaint in complaints { Issue.record("The page complains: \(complaint)") }
    }

    private func complaint(_ event: DevTools.Event) -> String? {
        let parameters = event.parameters
        switch event.method {
        case "Runtime.exceptionThrown":
            let details = parameters["exceptionDetails"]
            return details["exception"]["description"].string ?? details["text"].string
        case "Runtime.consoleAPICalled" where ["error", "warning"].contains(parameters["type"]):
            return "\(parameters["args"].array?.map { $0["value"].string ?? "\($0)" } ?? [])"
        case "Log.entryAdded" where ["error", "warning"].contains(parameters["entry"]["level"]):
            let entry = parameters["entry"]
            return "\(entry["text"].string ?? "") \(entry["url"].string ?? "")"
        case "Network.requestWillBeSent":
            let url = parameters["request"]["url"].string ?? ""
            let isOurs = url.hasPrefix(origin + "/") || url.hasPrefix("data:") || url == "about:blank"
            return isOurs ? nil : "a request to \(url)"
        default: return nil
        }
    }
}
