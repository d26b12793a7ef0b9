import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The lines about a delivery of results that takes longer than a second.
///
/// The first one says what is done, later ones come when the next step begins, and on outputs that are no terminal at
/// the interval of ``BuildHeartbeat``. The last one has the times.
final class DeliveryNotes: Sendable {
    private let build: BuildID
    private let repeats: Bool
    private let timekeeper: Timekeeper
    private let write: @Sendable (String) -> Void
    private let state = Lock(State())

    private enum Step: String {
        case downloading = "Downloading"
        case unpacking = "Unpacking"
        case done
    }

    private struct State {
        var step = Step.downloading
        var start = Duration.zero
        var stepStart = Duration.zero
        var size = 0
        var download = Duration.zero
        /// Whether a line was printed.
        var isSpoken = false
    }

    /// The duration up to which nothing is told.
    static let quickDelivery = Duration.seconds(1)

    /// Creates notes; with `repeats`, a step that takes long is told again and again.
    init(
        of build: BuildID,
        repeats: Bool,
        timekeeper: Timekeeper,
        write: @escaping @Sendable (String) -> Void = { Terminal.print($0) }
    ) {
        self.build = build
        self.repeats = repeats
        self.timekeeper = timekeeper
        self.write = write
    }

    /// Creates notes for a form of output; nil for those that print the end only.
    convenience init?(of build: BuildID, _ mode: BuildConsole.Mode, _ timekeeper: Timekeeper) {
        guard mode == .live || mode == .plain else { return nil }
        self.init(of: build, repeats: mode == .plain, timekeeper: timekeeper)
    }

    /// Runs a delivery with its lines.
    func during<Result: Sendable>(_ delivery: @Sendable () async -> Result) async -> Result {
        let now = timekeeper.now.uptime
        state.withLock { state in
            state.start = now
            state.stepStart = now
        }
        async let _ = tell()
        return await delivery()
    }

    /// Records the end of the download of an archive with a number of bytes.
    func downloaded(_ size: Int) {
        let now = timekeeper.now.uptime
        let isSpoken = state.withLock { state in
            state.download = now - state.stepStart
            state.size = size
            (state.step, state.stepStart) = (.unpacking, now)
            return state.isSpoken
        }
        if isSpoken { speak() }
    }

    /// Records the end of the delivery, and prints its times if it was told of.
    func unpacked() {
        let now = timekeeper.now.uptime
        let end = state.withLock { state in
            state.step = .done
            return state
        }
        guard end.isSpoken || now - end.start > Self.quickDelivery else { return }
        let (download, rest) = (end.download.inSeconds, (now - end.stepStart).inSeconds)
        write(
            "The results of build \(build): \(MegabytesText(end.size)) downloaded in \(DurationText.seconds(download)) "
                + "s, unpacked in \(DurationText.seconds(rest)) s."
        )
    }

    /// Prints what is done after a second and then at intervals, until the task is canceled.
    private func tell() async {
        guard (try? await timekeeper.sleep(for: Self.quickDelivery)) != nil else { return }
        speak()
        while repeats, (try? await timekeeper.sleep(for: BuildHeartbeat.interval)) != nil { speak() }
    }

    private func speak() {
        let (step, age) = state.withLock { state in
            state.isSpoken = true
            return (state.step, timekeeper.now.uptime - state.stepStart)
        }
        guard step != .done else { return }
        let time = age > Self.quickDelivery ? ", \(DurationText.clock(age.inSeconds)) so far" : ""
        write("\(step.rawValue) the results of build \(build)\(time).")
    }
}
