import NIOCore
import NIOPosix

/// A connection that speaks bytes, for what an HTTP client does not do.
struct WireConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received = ""

    /// Connects to a port of this machine, and closes the connection when the body is done.
    static func with<Result>(
        port: Int, _ body: (inout WireConnection) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = WireConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Reads until a text has come, and returns all up to its end.
    mutating func read(until end: String) async throws -> String {
        while true {
            if let range = received.firstRange(of: end) {
                let text = String(received[..<range.upperBound])
                received.removeSubrange(..<range.upperBound)
                return text
            }
            guard let next = try await inbound.next(isolation: #isolation) else { throw Closed(after: received) }
            received += String(buffer: next)
        }
    }

    /// Reads until the other side closes.
    mutating func readAll() async throws -> String {
        while let next = try await nextOrReset() { received += String(buffer: next) }
        return received
    }

    /// A connection that is reset is closed too.
    private mutating func nextOrReset() async throws -> ByteBuffer? {
        do {
            return try await inbound.next(isolation: #isolation)
        } catch  where error is IOError || error is ChannelError {
            return nil
        }
    }

    struct Closed: Error {
        let after: String
    }
}

extension WireConnection {
    /// Sends a text and returns all that is answered until the connection is closed.
    static func answer(to text: String, port: Int) async throws -> String {
        try await with(port: port) { connection in
            do {
                try await connection.send(text)
            } catch  where error is IOError || error is ChannelError {
                // The other side has closed it already.
            }
            return try await connection.readAll()
        }
    }

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }
}
