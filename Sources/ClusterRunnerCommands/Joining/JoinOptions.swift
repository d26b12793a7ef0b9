import ArgumentParser

/// The options of `slave` for a job of a CI system.
struct JoinOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Work for the build of \"clusterrunner build --build-key\" with the same key only, and end with it.",
            valueName: "key"
        )
    )
    var forBuild: String?

    @Option(help: ArgumentHelp("The time to wait for the master of that build.", valueName: "seconds"))
    var wait = 300

    @Flag(help: "Exit with 0 if no master of that build came in time: it may have ended before.")
    var allowLate = false

    @Flag(help: "Exit as the build does, and not with 0 when it has ended.")
    var exitAsBuild = false

    func validate() throws {
        guard (1...86_400).contains(wait) else {
            throw ValidationError("--wait must be a whole number from 1 to 86400, not \(wait).")
        }
        guard forBuild == nil, allowLate || exitAsBuild || wait != 300 else { return }
        throw ValidationError("--wait, --allow-late and --exit-as-build need --for-build.")
    }
}

/// The options of `build` for the first job of a CI system.
struct ShareOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Let slaves that wait for a build of this key work for it. The master of the build is this process, and the "
                + "current directory is uploaded.",
            valueName: "key"
        )
    )
    var buildKey: String?

    @Option(help: "The port of that master. (default: that of the configuration)")
    var masterPort: Int?

    @Option(help: ArgumentHelp("The slaves that must be connected before the build begins.", valueName: "count"))
    var waitForSlaves = 0

    @Option(help: ArgumentHelp("The time to wait for them; then it begins without the others.", valueName: "seconds"))
    var slaveWait = 300

    func validate() throws {
        if let masterPort, !(1...65_535).contains(masterPort) {
            throw ValidationError("--master-port must be a whole number from 1 to 65535, not \(masterPort).")
        }
        guard (0...100_000).contains(waitForSlaves) else {
            throw ValidationError("--wait-for-slaves must be a whole number from 0 to 100000, not \(waitForSlaves).")
        }
        guard (1...86_400).contains(slaveWait) else {
            throw ValidationError("--slave-wait must be a whole number from 1 to 86400, not \(slaveWait).")
        }
        guard buildKey == nil, masterPort != nil || waitForSlaves != 0 || slaveWait != 300 else { return }
        throw ValidationError("--master-port, --wait-for-slaves and --slave-wait need --build-key.")
    }

    /// Returns the sharing that the options ask for; nil for none.
    func sharing(_ loaded: LoadedConfiguration, isQuiet: Bool) throws -> SharedBuild? {
        guard let buildKey else { return nil }
        var shared = SharedBuild(
            key: try BuildKey(buildKey, option: "--build-key"),
            hostname: try loaded.general().hostname,
            port: try masterPort ?? loaded.master().port,
            ownSlave: "\(try loaded.slave().name) (first job)",
            slaves: waitForSlaves,
            patience: .seconds(slaveWait),
            farewell: try loaded.slave().teardownTimeout + .seconds(60)
        )
        if isQuiet { shared.say = { _ in } }
        return shared
    }
}
