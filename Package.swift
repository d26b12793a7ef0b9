// swift-tools-version: 6.2

import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    serviceLifecycle, logging,
]

// What nearly every target works with.
let base: [Target.Dependency] = [
    "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerFiles", "ClusterRunnerJobFile",
    "ClusterRunnerPlugin",
]

// `make release` names the commit that it builds, for `--version`.
let commit = Context.environment["CLUSTERRUNNER_COMMIT"] ?? ""

// Linux only: epoll, pidfds, /proc. There is no entry for that in `platforms`.
let package = Package(
    name: "clusterrunner",
    products: [
        .executable(name: "clusterrunner", targets: ["clusterrunner"]),
        .library(name: "ClusterRunner", targets: ["ClusterRunner"]),
        .library(name: "ClusterRunnerPlugin", targets: ["ClusterRunnerPlugin"]),
        .library(name: "ClusterRunnerTesting", targets: ["ClusterRunnerTesting", "ClusterRunnerConformance"]),
        .library(name: "ArchiveProjectType", targets: ["ArchiveProjectType"]),
        .library(name: "DirectoryProjectType", targets: ["DirectoryProjectType"]),
        .library(name: "GitProjectType", targets: ["GitProjectType"]),
    ],
    dependencies: [
        // Hummingbird's default traits, less its configuration reader. Naming them also keeps the order in which they
        // reach the compiler stable, without which every other build compiles Hummingbird anew.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird",
            from: "2.28.0",
            traits: ["FullFoundation"]
        ),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .target(name: "CSpawn"),
        .target(name: "CFiles"),
        .target(
            name: "CVersion",
            cSettings: commit.isEmpty ? [] : [.define("CLUSTERRUNNER_COMMIT", to: "\"\(commit)\"")]
        ),

        .target(name: "ClusterRunnerPlugin", dependencies: [logging]),
        .target(name: "ClusterRunnerConcurrency", dependencies: ["ClusterRunnerPlugin"]),
        .target(
            name: "ClusterRunnerFiles",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerPlugin", "CFiles", "COpenSSL",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(name: "ClusterRunnerJobFile", dependencies: ["ClusterRunnerFiles", "ClusterRunnerPlugin", "CYAML"]),
        .target(
            name: "ClusterRunnerContainers",
            dependencies: ["ClusterRunnerFiles", "ClusterRunnerJobFile", "ClusterRunnerPlugin"]
        ),
        .target(
            name: "ClusterRunnerDomain",
            dependencies: ["ClusterRunnerConcurrency", "ClusterRunnerJobFile", "ClusterRunnerPlugin"]
        ),
        .target(
            name: "ClusterRunnerScheduling",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerJobFile", "ClusterRunnerPlugin",
            ]
        ),
        .target(name: "ClusterRunnerTerminal"),
        .target(name: "ClusterRunnerMetrics", dependencies: ["ClusterRunnerConcurrency", metrics]),
        .target(
            name: "ClusterRunnerWire",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerJobFile", "ClusterRunnerPlugin",
                "COpenSSL",
            ]
        ),
        .target(
            name: "ClusterRunnerClient",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerFiles", "ClusterRunnerPlugin",
                "ClusterRunnerWire", logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(
            name: "ClusterRunnerProcess",
            dependencies: ["ClusterRunnerConcurrency", "ClusterRunnerFiles", "ClusterRunnerPlugin", "CSpawn", logging]
        ),
        .target(
            name: "ClusterRunnerPrograms",
            dependencies: ["ClusterRunnerConcurrency", "ClusterRunnerFiles", "ClusterRunnerPlugin", logging]
        ),
        .target(
            name: "ClusterRunnerArchive",
            dependencies: ["ClusterRunnerConcurrency", "ClusterRunnerFiles", "ClusterRunnerPlugin", "CArchive"]
        ),
        .target(
            name: "ClusterRunnerStore",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerJobFile", "ClusterRunnerPlugin",
                logging, .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .target(
            name: "ClusterRunnerHTTP",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerFiles", "ClusterRunnerPlugin",
                "ClusterRunnerWire",
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + hummingbird
        ),
        .target(
            name: "ClusterRunnerDashboard",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerJobFile", "ClusterRunnerPlugin",
                "ClusterRunnerTerminal", .product(name: "Mustache", package: "swift-mustache"),
            ],
            // In the binary, so that a master is one file and its pages need nothing from outside.
            resources: [.embedInCode("Templates"), .embedInCode("Assets")]
        ),
        .target(name: "ClusterRunnerOpenAPI", resources: [.embedInCode("Documents")]),
        .target(
            name: "ClusterRunnerMaster",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerContainers", "ClusterRunnerDashboard", "ClusterRunnerDomain",
                "ClusterRunnerFiles",
                "ClusterRunnerHTTP", "ClusterRunnerJobFile", "ClusterRunnerMetrics", "ClusterRunnerOpenAPI",
                "ClusterRunnerPlugin", "ClusterRunnerScheduling",
                "ClusterRunnerTerminal", "ClusterRunnerWire", metrics,
            ] + hummingbird
        ),
        .target(name: "ClusterRunnerReports", dependencies: ["ClusterRunnerDomain"]),
        .target(
            name: "ClusterRunnerSlave",
            dependencies: [
                "ClusterRunnerClient", "ClusterRunnerConcurrency", "ClusterRunnerContainers", "ClusterRunnerDomain",
                "ClusterRunnerFiles",
                "ClusterRunnerHTTP", "ClusterRunnerJobFile", "ClusterRunnerOpenAPI", "ClusterRunnerPlugin",
                "ClusterRunnerReports", "ClusterRunnerWire",
            ] + hummingbird
        ),
        .target(
            name: "ClusterRunnerCommands",
            dependencies: [
                "ClusterRunnerClient", "ClusterRunnerConcurrency", "ClusterRunnerContainers", "ClusterRunnerDomain",
                "ClusterRunnerFiles",
                "ClusterRunnerHTTP", "ClusterRunnerJobFile", "ClusterRunnerMaster", "ClusterRunnerPlugin",
                "ClusterRunnerConformance", "ClusterRunnerPrograms", "ClusterRunnerScheduling", "ClusterRunnerSlave",
                "ClusterRunnerTerminal", "ClusterRunnerWire", "CVersion",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                serviceLifecycle, logging,
            ]
        ),
        .target(
            name: "ClusterRunner",
            dependencies: [
                "ClusterRunnerArchive", "ClusterRunnerCommands", "ClusterRunnerPlugin", "ClusterRunnerProcess",
                "ClusterRunnerStore", logging,
            ]
        ),
        .target(name: "ClusterRunnerConformance", dependencies: ["ClusterRunnerPlugin"]),
        .target(
            name: "ClusterRunnerTesting",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerConformance", "ClusterRunnerPlugin", logging,
                serviceLifecycle,
            ]
        ),
        .target(
            name: "DirectoryProjectType",
            dependencies: ["ClusterRunnerConcurrency", "ClusterRunnerPlugin"],
            path: "Plugins/DirectoryProjectType"
        ),
        .target(
            name: "GitProjectType",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerFiles", "ClusterRunnerPlugin", "CGit2", logging,
            ],
            path: "Plugins/GitProjectType"
        ),
        // A folder that is uploaded may be a working tree of git, whose rules the git type knows.
        .target(
            name: "ArchiveProjectType",
            dependencies: [
                "ClusterRunnerConcurrency", "ClusterRunnerFiles", "ClusterRunnerPlugin", "GitProjectType", logging,
            ],
            path: "Plugins/ArchiveProjectType"
        ),
        .executableTarget(
            name: "clusterrunner",
            dependencies: ["ClusterRunner", "ArchiveProjectType", "DirectoryProjectType", "GitProjectType"]
        ),
        // One folder for each subcommand; what they share is in Output.
        .executableTarget(
            name: "clusterrunner-bench",
            dependencies: [
                "ClusterRunnerClient", "ClusterRunnerConcurrency", "ClusterRunnerDomain", "ClusterRunnerFiles",
                "ClusterRunnerJobFile", "ClusterRunnerPlugin", "ClusterRunnerScheduling", "ClusterRunnerSlave",
                "ClusterRunnerWire", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Sources/clusterrunner-bench"
        ),

        .testTarget(name: "ClusterRunnerPluginTests", dependencies: base + ["ClusterRunnerTesting"]),
        .testTarget(name: "ClusterRunnerConcurrencyTests", dependencies: base + ["ClusterRunnerTesting"]),
        .testTarget(name: "ClusterRunnerFilesTests", dependencies: base + ["ClusterRunnerTesting"]),
        .testTarget(name: "ClusterRunnerJobFileTests", dependencies: base + ["ClusterRunnerTesting"]),
        .testTarget(
            name: "ClusterRunnerContainersTests",
            dependencies: base + ["ClusterRunnerContainers", "ClusterRunnerProcess", "ClusterRunnerTesting", logging]
        ),
        .testTarget(name: "ClusterRunnerDomainTests", dependencies: base),
        .testTarget(
            name: "ClusterRunnerReportsTests",
            dependencies: ["ClusterRunnerDomain", "ClusterRunnerReports"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "ClusterRunnerSchedulingTests",
            dependencies: base + ["ClusterRunnerScheduling", "ClusterRunnerTesting"]
        ),
        .testTarget(
            name: "ClusterRunnerMetricsTests",
            dependencies: ["ClusterRunnerConcurrency", "ClusterRunnerMetrics", metrics]
        ),
        .testTarget(name: "ClusterRunnerTerminalTests", dependencies: ["ClusterRunnerTerminal"]),
        .testTarget(name: "ClusterRunnerWireTests", dependencies: base + ["ClusterRunnerWire"]),
        .testTarget(
            name: "ClusterRunnerClientTests",
            dependencies: base + hummingbird + [
                "ClusterRunnerClient", "ClusterRunnerHTTP", "ClusterRunnerTesting", "ClusterRunnerWire",
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ClusterRunnerHTTPTests",
            dependencies: base + hummingbird + [
                "ClusterRunnerHTTP", "ClusterRunnerTesting", "ClusterRunnerWire",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
        .testTarget(name: "ClusterRunnerDashboardTests", dependencies: base + ["ClusterRunnerDashboard"]),
        .testTarget(
            name: "ClusterRunnerMasterTests",
            dependencies: base + hummingbird + [
                "ClusterRunnerArchive", "ClusterRunnerClient", "ClusterRunnerDashboard", "ClusterRunnerHTTP",
                "ClusterRunnerMaster", "ClusterRunnerMetrics", "ClusterRunnerOpenAPI", "ClusterRunnerProcess",
                "ClusterRunnerScheduling", "ClusterRunnerStore", "ClusterRunnerTesting", "ClusterRunnerWire",
                "DirectoryProjectType",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
        .testTarget(
            name: "ClusterRunnerSlaveTests",
            dependencies: base + hummingbird + [
                "ClusterRunnerArchive", "ClusterRunnerClient", "ClusterRunnerHTTP", "ClusterRunnerOpenAPI",
                "ClusterRunnerProcess", "ClusterRunnerReports", "ClusterRunnerScheduling", "ClusterRunnerSlave",
                "ClusterRunnerTesting", "ClusterRunnerWire",
                "DirectoryProjectType", .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
        .testTarget(
            name: "ClusterRunnerProcessTests",
            dependencies: base + ["ClusterRunnerFiles", "ClusterRunnerProcess", logging]
        ),
        .testTarget(
            name: "ClusterRunnerProgramsTests",
            dependencies: base + [
                "ClusterRunnerConformance", "ClusterRunnerProcess", "ClusterRunnerPrograms", "ClusterRunnerTesting",
                "DirectoryProjectType", logging,
            ]
        ),
        .testTarget(
            name: "ClusterRunnerArchiveTests",
            dependencies: base + ["ClusterRunnerArchive", "ClusterRunnerTesting", "CArchive"]
        ),
        .testTarget(name: "ClusterRunnerStoreTests", dependencies: base + ["ClusterRunnerStore"]),
        .testTarget(
            name: "ClusterRunnerCommandsTests",
            dependencies: base + [
                "ClusterRunnerArchive", "ClusterRunnerClient", "ClusterRunnerCommands", "ClusterRunnerMaster",
                "ClusterRunnerProcess", "ClusterRunnerScheduling", "ClusterRunnerSlave", "ClusterRunnerStore",
                "ClusterRunnerTerminal", "ClusterRunnerTesting", "ClusterRunnerWire", "DirectoryProjectType",
                "GitProjectType", logging, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Help/Expected"]
        ),
        .testTarget(
            name: "ArchiveProjectTypeTests",
            dependencies: base + [
                "ArchiveProjectType", "ClusterRunnerArchive", "ClusterRunnerClient", "ClusterRunnerTesting",
                "GitProjectType", logging,
            ]
        ),
        .testTarget(
            name: "DirectoryProjectTypeTests",
            dependencies: base + ["ClusterRunnerTesting", "DirectoryProjectType"]
        ),
        .testTarget(
            name: "GitProjectTypeTests",
            dependencies: base + ["ClusterRunnerConformance", "ClusterRunnerTesting", "GitProjectType", logging]
        ),
        // Drives the built program, as users do.
        .testTarget(
            name: "IntegrationTests",
            dependencies: base + [
                "ClusterRunnerOpenAPI", "ClusterRunnerStore", "ClusterRunnerTesting", "ClusterRunnerWire",
                "clusterrunner",
            ],
            // Compiled by the test that loads it into the program.
            exclude: ["Chaos/settable-clock.c"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && !["CFiles", "CSpawn", "CVersion"].contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
