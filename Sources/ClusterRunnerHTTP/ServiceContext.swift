import HTTPTypes
package import Hummingbird
import NIOCore

/// The part of a request that the HTTP library keeps while it is answered, with the connection that it came on.
package struct ServiceContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let connection: ClientConnection

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = ClientConnection(channel: source.channel)
    }
}

/// The connection on which a request came.
package struct ClientConnection: Sendable {
    private let channel: any Channel

    /// The connection's name in a ``ConnectionTable``.
    var id: ObjectIdentifier { ObjectIdentifier(channel) }

    init(channel: any Channel) {
        self.channel = channel
    }

    /// The address of the other end, without its port.
    package var address: String { channel.remoteAddress?.ipAddress ?? "an unknown address" }

    /// Closes it at once; what waits to be written is lost, and a waiting writer gets an error.
    package func close() {
        channel.close(promise: nil)
    }

    /// Closes it after a while, unless that is canceled.
    func close(in time: TimeAmount) -> Scheduled<Void> {
        let channel = self.channel
        return channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    /// Tells a client that asks before it sends a body (`Expect: 100-continue`) to send it.
    func allowBody(of request: Request) {
        guard request.expectsContinue else { return }
        channel.triggerUserOutboundEvent(ConnectionHandler.Event.allowBody, promise: nil)
    }
}

extension Request {
    /// Whether the client waits for a permission to send the body.
    var expectsContinue: Bool { headers[.expect]?.lowercased() == "100-continue" }
}
