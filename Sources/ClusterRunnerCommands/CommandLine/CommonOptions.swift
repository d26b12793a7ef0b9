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

    /// Makes a logger that writes to standard error and, for services, to the log file.
    func makeLogger(_ label: String, _ configuration: GeneralConfiguration, toFile: Bool) throws -> Logger {
        var sinks: [any LogSink] = [StandardErrorSink()]
        if toFile {
            sinks.append(try RotatingLogFile(path: configuration.logFile, sizeLimit: configuration.maxLogFileSize))
        }
        let level = level(configuration)
        return Logger(label: label) { LineLogHandler(label: $0, level: level, sinks: sinks) }
    }
}
