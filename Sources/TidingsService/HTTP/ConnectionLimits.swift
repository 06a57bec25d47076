import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Ends connections that take too long, and answers what goes wrong before there is a request to answer.
///
/// It stands between the HTTP decoder and Hummingbird, which closes connections that are idle.
final class ConnectionLimits: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The connection ended in the middle of a request, or what came over it was no request and has been answered.
    struct Ended: Error {}

    private let options: HTTPOptions
    /// When the head or the rest of a request has to be there.
    private var arrival: Scheduled<Void>?
    /// When a response has to be taken.
    private var departure: Scheduled<Void>?
    /// When the connection ends, once the service does.
    private var drain: Scheduled<Void>?
    /// How many requests are not answered yet.
    private var openRequests = 0

    init(_ options: HTTPOptions) {
        self.options = options
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { awaitHead(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for scheduled in [arrival, departure, drain] { scheduled?.cancel() }
    }

    func channelActive(context: ChannelHandlerContext) {
        awaitHead(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            openRequests += 1
            arrival?.cancel()
            arrival = after(options.body, context) { $0.fireErrorCaught(Problem.bodyTooSlow) }
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body: break
        case .end: arrival?.cancel()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head:
            departure?.cancel()
            departure = after(options.body, context) { $0.close(promise: nil) }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            openRequests -= 1
            let written = promise ?? context.eventLoop.makePromise()
            let departure = departure
            written.futureResult.whenComplete { _ in departure?.cancel() }
            context.write(data, promise: written)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        let problem = error == .headerOverflow ? Problem.headersTooLarge : .malformedRequest
        switch error {
        case .invalidEOFState: context.fireErrorCaught(Ended())
        case _ where openRequests > 0: context.fireErrorCaught(problem)
        default:
            write(problem, context)
            context.fireErrorCaught(Ended())
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, drain == nil {
            drain = after(options.drain, context) { $0.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func awaitHead(_ context: ChannelHandlerContext) {
        guard arrival == nil else { return }
        arrival = after(options.headers, context) { $0.close(promise: nil) }
    }

    private func write(_ problem: Problem, _ context: ChannelHandlerContext) {
        let response = problem.response(closing: true)
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(problem.body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func after(
        _ duration: Duration, _ context: ChannelHandlerContext, _ body: @escaping (ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { body(context) }
    }
}

extension Problem {
    fileprivate static let bodyTooSlow = Problem(
        .requestTimeout, "body-too-slow", "The body did not come in time",
        detail: "send the whole body at once, or raise TIDINGS_HTTP_BODY_SECONDS")
    fileprivate static let headersTooLarge = Problem(
        .requestHeaderFieldsTooLarge, "headers-too-large", "The headers are too large",
        detail: "the path and the headers have at most 80 KiB together, and there are at most 1,000 headers")
    fileprivate static let malformedRequest = Problem(
        .badRequest, "malformed-request", "This is not an HTTP request", detail: "send a request by RFC 9112")
}
