import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// One connection of a service: permits bodies, and closes the connection of a client that takes nothing.
///
/// A client that does not read blocks the writer of its answer, and what that holds, for as long as it likes.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Wishes of the answering side.
    enum Event: Sendable {
        /// The client may send the body that it announced.
        case allowBody
    }

    private let patience: TimeAmount
    private var stall: Scheduled<Void>?

    /// The time that a client may take nothing of an answer that waits to be written.
    static let patience = TimeAmount.seconds(60)

    init(patience: TimeAmount = ConnectionHandler.patience) {
        self.patience = patience
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

    func channelInactive(context: ChannelHandlerContext) {
        stall?.cancel()
        context.fireChannelInactive()
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
