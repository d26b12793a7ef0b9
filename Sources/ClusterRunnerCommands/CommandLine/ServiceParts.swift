import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerMaster
import ClusterRunnerPlugin
import ClusterRunnerSlave
import ClusterRunnerWire
import Logging

extension Composition {
    /// Makes the parts of a master with its store in a directory.
    func masterParts(
        directory: String,
        authenticator: MessageAuthenticator,
        _ configuration: GeneralConfiguration,
        _ notify: NotifyConfiguration = NotifyConfiguration(),
        logger: Logger
    ) throws -> MasterParts {
        let user = try configuration.jobUser()
        let database = "\(directory)/clusterrunner.db"
        try LostDatabase.check(database, in: directory)
        return MasterParts(
            store: try makeStore(database, logger),
            runner: makeRunner(logger, user),
            archiver: archiver,
            downloader: configuration.downloader(reader: user),
            projectTypes: projectTypes,
            authenticator: authenticator,
            timekeeper: .system(),
            notifications: NotificationParts(
                authenticator: try notify.secret.map { try MessageAuthenticator(key: $0.bytes) } ?? authenticator,
                runner: makeRunner(logger, nil),
                environment: jobEnvironment
            ) {
                HTTPNotificationSender(trustedCertificate: configuration.trustedCertificates)
            }
        )
    }

    /// Makes the parts of a slave.
    func slaveParts(
        connection: MasterConnection,
        authenticator: MessageAuthenticator,
        _ configuration: GeneralConfiguration,
        logger: Logger
    ) throws -> SlaveParts {
        let user = try configuration.jobUser()
        return SlaveParts(
            client: SlaveClient(connection),
            runner: makeRunner(logger, user),
            archiver: archiver,
            downloader: configuration.downloader(reader: user),
            projectTypes: projectTypes,
            authenticator: authenticator,
            timekeeper: .system()
        )
    }

    /// The environment that commands of jobs inherit.
    var jobEnvironment: [ByteString: ByteString] { CommandEnvironment.inherited(from: variables) }
}

extension GeneralConfiguration {
    /// Returns the master's address, from the flag or else from the configuration.
    func masterAddress(flag: String?, host: String, port: Int) throws -> MasterAddress {
        guard let flag else { return MasterAddress(host: host, port: port, isHTTPS: tls != nil) }
        let address = try MasterAddress(flag)
        guard tls != nil, !flag.hasPrefix("http://") else { return address }
        return MasterAddress(host: address.host, port: address.port, isHTTPS: true)
    }

    /// Runs an operation with a connection to a master, and closes the connection afterwards.
    func withConnection<Success>(
        to address: MasterAddress,
        _ authenticator: MessageAuthenticator,
        _ operation: (MasterConnection) async throws -> Success
    ) async throws -> Success {
        let connection = try MasterConnection(
            address: address,
            authenticator: authenticator,
            timeout: defaultHTTPTimeout,
            trustedCertificate: trustedCertificates
        )
        let result: Result<Success, any Error>
        do { result = .success(try await operation(connection)) } catch { result = .failure(explained(error, address)) }
        await connection.shutDown()
        return try result.get()
    }

    /// Adds to a refusal of a signature whose secrets are to be compared.
    private func explained(_ error: any Error, _ address: MasterAddress) -> any Error {
        guard let error = error as? ClusterRunnerError, error.code == .unauthenticated else { return error }
        let hint =
            "Most likely the secret of \(origin.secretPlace) is not that of the master at \(address), which is in the "
            + "clusterrunner.conf that the master reads."
        return ClusterRunnerError(.unauthenticated, "\(sentence: error.message) \(hint)", cause: error)
    }

    /// The files of an HTTPS service.
    var serverTLS: HTTPService.TLSFiles? {
        tls.map { HTTPService.TLSFiles(certificate: $0.certificate, key: $0.key) }
    }
}

extension GeneralConfiguration {
    /// Makes a downloader that reads local files as a user.
    func downloader(reader: JobUser? = nil) -> RemoteFileDownloader {
        RemoteFileDownloader(limits: DownloadLimits(answer: defaultHTTPTimeout), reader: reader)
    }
}
