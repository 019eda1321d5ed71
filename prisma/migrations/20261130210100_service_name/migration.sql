-- One row: the service that the data belongs to. The server writes it at its first start.
CREATE TABLE "service" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "service_id" TEXT NOT NULL,

    CONSTRAINT "service_pkey" PRIMARY KEY ("only"),
    CONSTRAINT "service_one_row" CHECK ("only")
);
