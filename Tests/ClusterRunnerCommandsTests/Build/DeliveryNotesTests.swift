import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerCommands

@Suite(.timeLimit(.minutes(10))) struct DeliveryNotesTests {
    /// The lines of a delivery whose download and unpacking take a number of steps of a clock.
    private func lines(repeats: Bool = true, download: Int, unpacking: Int) async -> [String] {
        let clock = StepClock()
        let lines = Lock<[String]>([])
        let notes = DeliveryNotes(
            of: 3,
            repeats: repeats,
            timekeeper: Timekeeper(clock: clock) { 0 }
        ) { line in lines.withLock { $0.append(line) } }
        await notes.during {
            for _ in 0..<download { await clock.step() }
            // The line of the last step is there when its printer sleeps again.
            if download > 0, repeats { await clock.somebodySleeps() }
            notes.downloaded(12_345_678)
            for _ in 0..<unpacking { await clock.step() }
            if unpacking > 0, repeats { await clock.somebodySleeps() }
            notes.unpacked()
        }
        return lines.withLock { $0 }
    }

    @Test func `A delivery within a second is not told`() async {
        #expect(await lines(download: 0, unpacking: 0).isEmpty)
    }

    @Test func `A longer delivery says what it does, and how long each step took`() async {
        #expect(
            await lines(download: 1, unpacking: 1) == [
                "Downloading the results of build 3.", "Unpacking the results of build 3.",
                "Unpacking the results of build 3, 0:30 so far.",
                "The results of build 3: 12.3 MB downloaded in 1.00 s, unpacked in 30.00 s.",
            ]
        )
    }

    @Test func `A step that takes long is told at intervals`() async {
        #expect(
            await lines(download: 3, unpacking: 0) == [
                "Downloading the results of build 3.", "Downloading the results of build 3, 0:31 so far.",
                "Downloading the results of build 3, 1:01 so far.", "Unpacking the results of build 3.",
                "The results of build 3: 12.3 MB downloaded in 61.00 s, unpacked in 0.00 s.",
            ]
        )
    }
}
