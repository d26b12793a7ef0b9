package import ClusterRunnerDomain

/// The output of a build's own commands: atomizers, set-ups and teardowns.
package struct SetupPage: Page {
    package static let template = Template.setup
    package let title: String
    package let section: Section? = .builds
    package let feed: LiveFeed?
    let header: BuildHeader
    let groups: [Group]
    let isEmpty: Bool

    /// The commands of one kind.
    struct Group: Sendable {
        let label: String
        let commands: [Command]
    }

    /// A command and its output.
    struct Command: Sendable {
        let place: String
        let slavePath: String?
        let badge: Badge
        let command: String?
        /// The output as HTML.
        let output: String?
        let seconds: String
        let startedAt: TimeText
        let isOpen: Bool

        init(_ record: CommandRecord, _ names: SlaveNames, now: Double) {
            let run = record.run
            let isFailure = run.exitCode != 0
            place = record.slaveID.map { names.title($0, url: record.slaveURL) } ?? "Master"
            slavePath = record.slaveID.map(DashboardPath.slave)
            badge =
                isFailure
                ? Badge(run.exitCode.map { "Exit code \($0)" } ?? "Did not run", .failed) : Badge("Succeeded", .passed)
            command = run.command.isEmpty ? nil : run.command
            let text = TerminalMarkup.block(run.output)
            output = text.isEmpty ? nil : text
            seconds = TimeText.duration(run.seconds)
            startedAt = TimeText(record.startedAt, now: now)
            isOpen = isFailure
        }

        init(_ running: RunningCommand, _ names: SlaveNames, now: Double) {
            place = running.slaveID.map { names.title($0, url: running.slaveURL) } ?? "Master"
            slavePath = running.slaveID.map(DashboardPath.slave)
            badge = Badge("Running", .running)
            command = running.command
            let text = TerminalMarkup.block(CommandRun.text(of: running.tail))
            output = text.isEmpty ? nil : text
            seconds = TimeText.duration(max(0, now - running.startedAt))
            startedAt = TimeText(running.startedAt, now: now)
            isOpen = true
        }
    }

    /// Creates the page of a build's commands, in the order in which they ended; running ones come last.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        commands: [CommandRecord],
        running: [RunningCommand] = [],
        slaves: SlaveNames = SlaveNames(),
        now: Double
    ) {
        title = "Set-up of build \(build.id)"
        feed = build.state.isFinal ? nil : .build(build.id)
        header = BuildHeader(build, live: live, part: .setup, now: now)
        let kinds: [(CommandRun.Kind, String)] = [
            (.fetch, "Fetch of the project"), (.image, "Fetch of the image"), (.atomizer, "Atomizers"),
            (.setup, "Set-up on slaves"), (.teardown, "Teardown on slaves"),
        ]
        groups = kinds.compactMap { kind, label in
            let own =
                commands.filter { $0.run.kind == kind }.map { Command($0, slaves, now: now) }
                + running.filter { $0.kind == kind }.map { Command($0, slaves, now: now) }
            return own.isEmpty ? nil : Group(label: label, commands: own)
        }
        isEmpty = commands.isEmpty && running.isEmpty
    }
}
