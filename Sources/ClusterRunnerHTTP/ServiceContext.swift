import HTTPTypes
package import Hummingbird
import NIOCore

/// The HTTP library's context of a request, with its connection.
package struct ServiceContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let connection: ClientConnection

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = ClientConnection(channel: source.channel)
    }
}

/// The connection of a request.
package struct ClientConnection: Sendable {
    private let channel: any Channel

    /// The key of the connection in a ``ConnectionTable``.
    var id: ObjectIdentifier { ObjectIdentifier(channel) }

    init(channel: any Channel) {
        self.channel = channel
    }

    /// The remote address, without its port.
    package var address: String { channel.remoteAddress?.ipAddress ?? "an unknown address" }

    /// Closes it at once; pending bytes are lost, and a waiting writer gets an error.
    package func close() {
        channel.close(promise: nil)
    }

    /// Closes it after a time, unless canceled.
    func close(in time: TimeAmount) -> Scheduled<Void> {
        let channel = self.channel
        return channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    /// Permits the body of a client that asks before it sends one (`Expect: 100-continue`).
    func allowBody(of request: Request) {
        guard request.expectsContinue else { return }
        channel.triggerUserOutboundEvent(ConnectionHandler.Event.allowBody, promise: nil)
    }
}

extension Request {
    /// Whether the client waits for permission to send the body.
    var expectsContinue: Bool { headers[.expect]?.lowercased() == "100-continue" }
}
