/// The OpenAPI documents of the services, in JSON.
///
/// `scripts/build-openapi.py` makes them from the files in `docs/reference/openapi`.
package enum OpenAPIDocument {
    /// The document of a master.
    package static let master = PackageResources.master_json
    /// The document of a slave.
    package static let slave = PackageResources.slave_json
}
