import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerPrograms
import Foundation
import Logging

/// The project types of a machine: those of this program, and those that executables implement.
struct MachineProjectTypes: Sendable {
    /// All types.
    let registry: ProjectTypeRegistry
    private let catalog: ProgramCatalog
    private let builtIn: ProjectTypeRegistry

    init(_ composition: Composition, _ configuration: GeneralConfiguration, _ logger: Logger) {
        let catalog = ProgramCatalog(
            directory: configuration.projectTypeDirectory,
            path: composition.environment["PATH"] ?? "",
            cache: "\(configuration.baseDirectory)/project-types.json",
            machine: composition.programMachine(logger)
        )
        var registry = composition.projectTypes
        catalog.register(in: &registry)
        self.registry = registry
        self.catalog = catalog
        builtIn = composition.projectTypes
    }

    /// Returns what a shell can put after the words of `clusterrunner build`: the names of the types, or the options of
    /// the one that is there.
    static func completions(after words: [String]) -> [String] {
        let registry = local
        guard let type = words.lazy.compactMap({ word in registry.all.first { $0.name == word } }).first else {
            return registry.names
        }
        return type.allParameters.map { "--" + $0.name.replacing("_", with: "-") }
    }

    /// The types on this machine, or those in this program when its configuration cannot be read.
    private static var local: ProjectTypeRegistry {
        guard let composition = Composition.current else { return ProjectTypeRegistry() }
        let loader = ConfigurationLoader(file: nil, environment: composition.environment)
        guard let general = try? loader.loadExisting().general() else { return composition.projectTypes }
        let logger = Logger(label: "completion") { _ in SwiftLogNoOpLogHandler() }
        return MachineProjectTypes(composition, general, logger).registry
    }

    /// Asks executables that were not described before, and logs which of them cannot be used.
    func describe(_ logger: Logger) async {
        await catalog.describeAll()
        guard !Task.isCancelled else { return }
        for conflict in catalog.conflicts(with: builtIn) { logger.warning("\(conflict)") }
        for type in registry.unavailable {
            logger.warning("\(type.reason)", metadata: ["project_type": "\(type.name)"])
        }
    }

    /// Asks executables that were not described before, for a limited time.
    func describe(within limit: Duration, _ timekeeper: Timekeeper) async {
        await withTaskGroup { group in
            group.addTask { await catalog.describeAll() }
            group.addTask { try? await timekeeper.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension Composition {
    /// Returns the means to run project programs.
    func programMachine(_ logger: Logger) -> ProgramMachine {
        ProgramMachine(
            runner: makeRunner(logger, nil),
            environment: jobEnvironment,
            scratch: FileManager.default.temporaryDirectory.path,
            timekeeper: .system()
        )
    }

    /// Returns the composition with the project types of the machine.
    func with(_ types: MachineProjectTypes) -> Composition {
        var composition = self
        composition.projectTypes = types.registry
        return composition
    }
}
