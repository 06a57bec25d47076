import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import Tidings

/// Answers every error with problem details; what a caller could not have caused is logged and told without details.
public struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Makes the middleware.
    public init() {}

    /// Answers a request, and turns what it throws into a problem.
    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return problem(for: error, request, context.logger).response()
        }
    }

    private func problem(for error: any Error, _ request: Request, _ logger: Logger) -> Problem {
        switch error {
        case let problem as Problem:
            return problem
        case let error as DecodingError:
            return Problem(error)
        case is NIOTooManyBytesError:
            return Problem(
                .contentTooLarge, "body-too-large", "The body is too large",
                detail: "a body has at most \(Request.bodyLimit) bytes")
        case let error as HTTPError where error.status == .notFound:
            return .notFound("there is no \(request.method) \(request.uri.path)")
        case let error as HTTPError:
            return Problem(
                error.status, "http-\(error.status.code)", error.status.reasonPhrase,
                detail: error.body ?? error.status.reasonPhrase)
        case is CancellationError:
            logger.debug("A request was given up", metadata: ["path": "\(request.uri.path)"])
            return .givenUp
        case is ConnectionLimits.Ended, is IOError, is ChannelError:
            // Nobody is there to read it.
            logger.debug("A client went away", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return Problem(
                .badRequest, "ended", "The connection has ended", detail: "the request did not come to its end")
        case let error as TidingsError where error.code == .invalid:
            logger.debug("A request was refused", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return Problem(
                .badRequest, "invalid-request", "The request asks for something that cannot be", detail: error.message)
        case let error as TidingsError where error.code == .overloaded:
            // One line for each would be a flood of its own.
            logger.debug("A request was turned away", metadata: ["error": "\(error)"])
            return .unavailable("more requests wait than the service takes; try again")
        case let error as TidingsError where error.isOutage:
            logger.warning("A request was turned away", metadata: ["error": "\(error)"])
            return .unavailable("the service's database or bus cannot be used now; try again")
        default:
            logger.error("A request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return Problem(
                .internalServerError, "internal", "Something is wrong in the service",
                detail: "this was logged; the request itself may be right")
        }
    }
}
