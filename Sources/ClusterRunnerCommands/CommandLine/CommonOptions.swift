import ArgumentParser
import Logging

/// The options of every verb.
struct CommonOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "path"))
    var configFile: String?

    @Flag(name: .shortAndLong, help: "Log more: info; twice is debug.")
    var verbose: Int

    @Flag(name: .shortAndLong, help: "Log errors only.")
    var quiet = false

    /// Reads the configuration; with `isFileOptional`, a file that cannot be created is not an error.
    func load(_ composition: Composition, isFileOptional: Bool = false) throws -> LoadedConfiguration {
        try ConfigurationLoader(file: configFile, environment: composition.environment)
            .load(isFileOptional: isFileOptional)
    }

    /// Returns the log level, from the flags or else from the configuration.
    func level(_ configuration: GeneralConfiguration) -> Logger.Level {
        if quiet { return .error }
        return verbose > 1 ? .debug : verbose == 1 ? .info : configuration.logLevel
    }

    /// Makes a logger that writes to standard error.
    func makeLogger(_ label: String, _ configuration: GeneralConfiguration) -> Logger {
        makeLogger(label, configuration, LogLevelSwitch(level(configuration)), [StandardErrorSink()])
    }

    /// Makes the logger of a service, which also writes to the log file, and the switch of its level.
    func makeServiceLogger(
        _ label: String,
        _ configuration: GeneralConfiguration
    ) throws -> (Logger, LogLevelSwitch) {
        let file = try RotatingLogFile(path: configuration.logFile, sizeLimit: configuration.maxLogFileSize)
        let levels = LogLevelSwitch(level(configuration))
        return (makeLogger(label, configuration, levels, [StandardErrorSink(), file]), levels)
    }

    private func makeLogger(
        _ label: String,
        _ configuration: GeneralConfiguration,
        _ levels: LogLevelSwitch,
        _ sinks: [any LogSink]
    ) -> Logger {
        Logger(label: label) {
            LineLogHandler(label: $0, levels: levels, format: configuration.logFormat, sinks: sinks)
        }
    }
}
