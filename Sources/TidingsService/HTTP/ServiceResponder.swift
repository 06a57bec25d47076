import HTTPTypes
import Hummingbird
import Tidings

/// Answers the requests of a service, each within its deadline.
struct ServiceResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    private let routes: RouterResponder<BasicRequestContext>
    private let refusals: RouterResponder<BasicRequestContext>
    private let deadline: Duration
    private let time: any TimeSource

    /// - Parameter router: the routes, complete.
    init(_ router: Router<BasicRequestContext>, _ options: HTTPOptions, _ time: any TimeSource) {
        refusals = router.methodRefusals()
        routes = router.buildResponder()
        deadline = options.request
        self.time = time
    }

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let response = try await timely(request, context)
        // A body would be taken for the next response.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func timely(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        do {
            return try await time.withTimeout(deadline, throwing: TidingsError(.timedOut, "the deadline has passed")) {
                try await TransactionOrigin.$current.withValue(.request) { try await answer(request, context) }
            }
        } catch is CancellationError {
            return Problem.givenUp.response()
        } catch let error as TidingsError where error.code == .timedOut {
            return Problem.givenUp.response()
        }
    }

    private func answer(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let response = try await routes.respond(to: request, context: context)
        guard response.status == .notFound, context.endpointPath == "NotFound" else { return response }
        // The path may be known with other methods.
        let refusal = try await refusals.respond(to: request.with(method: .get), context: context)
        return refusal.status == .methodNotAllowed ? refusal : response
    }
}

extension Request {
    fileprivate func with(method: HTTPRequest.Method) -> Request {
        var head = head
        head.method = method
        return Request(head: head, body: body)
    }
}

extension Router where Context == BasicRequestContext {
    /// Answers each of the paths with 405 and the methods that it serves.
    fileprivate func methodRefusals() -> RouterResponder<BasicRequestContext> {
        let refusals = Router(context: BasicRequestContext.self)
        let methods = Dictionary(grouping: routes) { $0.path.description }.mapValues { Set($0.map(\.method)) }
        for (path, served) in methods {
            // A path that serves GET serves HEAD too.
            let served = served.contains(.get) ? served.union([.head]) : served
            let allowed = served.map(\.rawValue).sorted().joined(separator: ", ")
            refusals.get(RouterPath(path)) { _, _ in
                var response = Problem.methodNotAllowed(allowed: allowed).response()
                response.headers[.allow] = allowed
                return response
            }
        }
        return refusals.buildResponder()
    }
}
