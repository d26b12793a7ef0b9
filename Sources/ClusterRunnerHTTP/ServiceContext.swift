public import Hummingbird
import NIOCore

/// What the HTTP library keeps of a request while it is answered, with the connection that it came on.
public struct ServiceContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let connection: ClientConnection

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = ClientConnection(channel: source.channel)
    }
}

/// The connection on which a request came.
public struct ClientConnection: Sendable {
    private let channel: any Channel

    init(channel: any Channel) {
        self.channel = channel
    }

    /// Closes it at once; what waits to be written is lost, and whoever waits to write gets an error.
    public func close() {
        channel.close(promise: nil)
    }
}
