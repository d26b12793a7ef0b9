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

    /// The names of the types on this machine, or of those in this program when its configuration cannot be read.
    static var names: [String] {
        guard let composition = Composition.current else { return [] }
        let loader = ConfigurationLoader(file: nil, environment: composition.environment)
        guard let general = try? loader.loadExisting().general() else { return composition.projectTypes.names }
        let logger = Logger(label: "completion") { _ in SwiftLogNoOpLogHandler() }
        return MachineProjectTypes(composition, general, logger).registry.names
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
