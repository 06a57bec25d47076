import HTTPTypes
import Hummingbird

extension Router where Context == BasicRequestContext {
    /// Answers the methods that a path does not serve with 405 and those that it does; the last to be added.
    func refuseOtherMethods() {
        let methods = Dictionary(grouping: routes) { $0.path.description }.mapValues { Set($0.map { $0.method }) }
        for (path, served) in methods {
            let allowed = served.map { $0.rawValue }.sorted().joined(separator: ", ")
            for method: HTTPRequest.Method in [.get, .post, .put, .patch, .delete] where !served.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in
                    var response = Problem.methodNotAllowed(method, allowed: allowed).response()
                    response.headers[.allow] = allowed
                    return response
                }
            }
        }
    }
}
