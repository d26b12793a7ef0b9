import Logging
package import ServiceLifecycle

/// Runs a service during `body`, then shuts it down.
///
/// The service is not simply canceled: a canceled HTTP server crashes on connections that it has accepted but not yet
/// handled. It is canceled only if it does not end within a second of the shutdown.
package func withService<Success>(
    _ service: any Service,
    _ body: () async throws -> Success
) async throws -> Success {
    var configuration = ServiceGroupConfiguration(
        services: [service],
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    configuration.maximumGracefulShutdownDuration = .seconds(1)
    let group = ServiceGroup(configuration: configuration)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try? await group.run() }
        do {
            let success = try await body()
            await group.triggerGracefulShutdown()
            return success
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}
