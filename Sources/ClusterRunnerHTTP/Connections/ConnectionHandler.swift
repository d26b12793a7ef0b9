import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// The handler of one connection: permits bodies, and closes the connection of a client that reads nothing.
///
/// A client that does not read would block the writer of its answer, and the writer's resources, without limit.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Events from the responder.
    enum Event: Sendable {
        /// Permission for the client to send the body that it announced.
        case allowBody
    }

    private let table: ConnectionTable
    private let patience: TimeAmount
    private let onEviction: @Sendable (Int) -> Void
    private let activity = ConnectionTable.Activity()
    private var stall: Scheduled<Void>?

    /// The longest time that a client may read nothing of a pending answer.
    static let patience = TimeAmount.seconds(60)

    /// `TCP_NOTSENT_LOWAT`, which has no name in the library.
    private static let unsentLowWatermark = NIOBSDSocket.Option(rawValue: 25)
    private static let unsentBytes: SocketOptionValue = 128 << 10

    /// Creates the handler of one connection; `onEviction` gets the number of connections closed to make room.
    init(
        _ table: ConnectionTable,
        patience: TimeAmount = ConnectionHandler.patience,
        onEviction: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.table = table
        self.patience = patience
        self.onEviction = onEviction
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        let count = table.open(ObjectIdentifier(channel), activity) { channel.close(promise: nil) }
        if count > 0 { onEviction(count) }
        // Without this the kernel takes megabytes before it reports progress, and a slow client looks stalled.
        _ = channel.setOption(.tcpOption(Self.unsentLowWatermark), value: Self.unsentBytes)
    }

    func channelInactive(context: ChannelHandlerContext) {
        table.close(ObjectIdentifier(context.channel))
        stall?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { activity.isBusy.store(true, ordering: .relaxed) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { activity.isBusy.store(false, ordering: .relaxed) }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stall = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? Event else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch event {
        case .allowBody:
            let head = HTTPResponsePart.head(HTTPResponse(status: .continue))
            context.writeAndFlush(wrapOutboundOut(head), promise: promise)
        }
    }
}
