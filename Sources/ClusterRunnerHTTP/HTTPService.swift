import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// A listening HTTP or HTTPS service.
///
/// It stops accepting connections when its service group shuts down gracefully, and finishes requests in progress.
package struct HTTPService: Service {
    /// The place where a service listens.
    package struct Endpoint: Sendable, Equatable {
        /// The address to bind; `::` is every address of the machine, `0.0.0.0` every IPv4 one.
        package var host: String
        /// The port; 0 lets the system choose a free one.
        package var port: Int
        /// The certificate and key files of an HTTPS service.
        package var tls: TLSFiles?

        /// Creates an endpoint.
        package init(host: String, port: Int, tls: TLSFiles? = nil) {
            self.host = host
            self.port = port
            self.tls = tls
        }

        /// Whether only programs on this machine can reach it.
        package var isLoopback: Bool {
            host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
        }
    }

    /// The files of an HTTPS service, in PEM form.
    package struct TLSFiles: Sendable, Equatable {
        /// The certificate, and the chain below it.
        package var certificate: String
        /// The private key.
        package var key: String

        /// Creates the pair of files.
        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    private let endpoint: Endpoint
    private let responder: ServiceResponder
    private let connections: Int
    private let logger: Logger
    /// The longest time that a client may read nothing of an answer.
    var stallPatience = ConnectionHandler.patience
    private let onListening: @Sendable (Int) async -> Void

    /// Creates a service; `onListening` gets the port once it accepts connections.
    ///
    /// Connections beyond `connections` wait in the system's queue.
    package init(
        endpoint: Endpoint,
        responder: ServiceResponder,
        connections: Int = 1_000,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.endpoint = endpoint
        self.responder = responder
        self.connections = connections
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let onListening = self.onListening
        // The other half is for files and for the commands of jobs.
        let limit = min(connections, DescriptorLimit.raise() / 2)
        let host = SocketFamily.host(for: endpoint.host)
        let application = Application(
            responder: responder,
            server: try makeServer(limit),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: endpoint.port),
                backlog: 1024,
                availableConnectionsDelegate: .maximum(limit, logger: logger)
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw failure(host, systemMessage(error.errnoCode), Self.remedy(for: error.errnoCode), error)
        } catch let error as SocketAddressError.UnknownHost {
            throw failure(host, "the name cannot be resolved", "Set bind to an address of this machine.", error)
        }
    }

    private static func remedy(for number: Int32) -> String {
        switch number {
        case EADDRINUSE: "Is another service running there? Choose another port."
        case EACCES: "Ports below 1024 need privileges. Choose another port."
        case EADDRNOTAVAIL: "Set bind to an address of this machine."
        default: "Choose another address with bind, or another port."
        }
    }

    private func failure(
        _ host: String,
        _ reason: String,
        _ remedy: String,
        _ error: any Error
    ) -> ClusterRunnerError {
        let place = HostText.authority(host: host, port: endpoint.port)
        return ClusterRunnerError(.failed, "Cannot listen on \(place): \(clause: reason). \(remedy)", cause: error)
    }

    private func makeServer(_ limit: Int) throws -> HTTPServerBuilder {
        let table = responder.connections
        table.limit(to: limit)
        let evictions = RefusalLog(timekeeper: .system())
        let (logger, patience) = (self.logger, stallPatience)
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [
                    ConnectionHandler(table, patience: patience) { count in
                        let sentence =
                            "\(count) connections without a signature were closed to keep room for slaves; there can "
                            + "be \(limit) in all (max_connections, and half of the limit of open files)."
                        evictions.add(sentence, from: "the network", to: logger)
                    }
                ],
                idleTimeout: .seconds(60)
            )
        )
        guard let files = endpoint.tls else { return http }
        let chain = try read("https_cert_file", files.certificate) {
            try NIOSSLCertificate.fromPEMBytes($0).map(NIOSSLCertificateSource.certificate)
        }
        let key = try read("https_key_file", files.key) { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
        let tls = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        do {
            return try .tls(http, tlsConfiguration: tls)
        } catch {
            throw ClusterRunnerError(
                .invalidArgument,
                "HTTPS cannot be served: https_key_file \(files.key) is not the key of https_cert_file "
                    + "\(files.certificate).",
                cause: error
            )
        }
    }

    /// Reads a PEM file that a setting names; refuses a named pipe, which would keep the service from starting.
    private func read<Content>(
        _ setting: String,
        _ path: String,
        _ body: ([UInt8]) throws -> Content
    ) throws -> Content {
        let bytes: [UInt8]
        do {
            let file = try RegularFile(path)
            bytes = try file.bytes(count: file.size)
        } catch {
            throw ClusterRunnerError(.invalidArgument, "\(setting) \(path) cannot be read: \(clause: error).")
        }
        do {
            return try body(bytes)
        } catch {
            let sentence = "\(setting) \(path) is not a PEM file of that kind."
            throw ClusterRunnerError(.invalidArgument, sentence, cause: error)
        }
    }
}
