import Logging
package import ServiceLifecycle

/// Runs a service while `body` does, and shuts it down.
///
/// Never by canceling: an HTTP server that is canceled crashes over connections that it has accepted and not looked at.
/// What does not end within a second of the shutdown is canceled then.
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
