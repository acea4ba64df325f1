-- The figures are made anew from the orders, by the program
DELETE FROM "creator_days";
DELETE FROM "product_days";
-- Modify "creator_days" table
ALTER TABLE "creator_days" DROP CONSTRAINT "creator_days_sums", ADD CONSTRAINT "creator_days_sums" CHECK ((orders <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (amount <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (commission <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (refunds <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (refund_amount <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (net_commission <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (org_share <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END)), ADD COLUMN "net_commission" bigint NOT NULL, ADD COLUMN "org_share" bigint NOT NULL;
-- Modify "orders" table
ALTER TABLE "orders" ADD COLUMN "parent_number" character varying NULL, ADD COLUMN "commission_after_refunds" boolean NOT NULL DEFAULT false, ADD COLUMN "refund_amount" bigint NOT NULL DEFAULT 0, ADD COLUMN "refunded_at" timestamptz NULL, ADD COLUMN "net_commission" bigint NOT NULL DEFAULT 0, ADD COLUMN "org_share" bigint NOT NULL DEFAULT 0, ADD COLUMN "creator_share" bigint NOT NULL DEFAULT 0, ADD COLUMN "share_bps" bigint NULL, ADD COLUMN "given_share" bigint NULL, ADD COLUMN "given_net" bigint NULL, ADD COLUMN "settled_by" character varying NULL;
-- Orders that are there are computed with the share that their creator has now
UPDATE "orders" o SET refund_amount = CASE o.status WHEN 'REFUNDED' THEN amount ELSE 0 END, net_commission = CASE o.status WHEN 'REFUNDED' THEN 0 ELSE commission END, share_bps = c.share_bps, org_share = CASE o.status WHEN 'REFUNDED' THEN 0 ELSE commission * c.share_bps / 10000 END, creator_share = CASE o.status WHEN 'REFUNDED' THEN 0 ELSE commission - commission * c.share_bps / 10000 END FROM creators c WHERE c.id = o.creator_id;
ALTER TABLE "orders" ALTER COLUMN "net_commission" DROP DEFAULT, ALTER COLUMN "org_share" DROP DEFAULT, ALTER COLUMN "creator_share" DROP DEFAULT;
ALTER TABLE "orders" ADD CONSTRAINT "orders_net" CHECK (net_commission =
CASE
    WHEN ((status)::text = 'REFUNDED'::text) THEN (0)::bigint
    WHEN (commission_after_refunds OR (amount = 0)) THEN commission
    ELSE ((((commission * ((amount - refund_amount) >> 20)) / amount) << 20) + (((((commission * ((amount - refund_amount) >> 20)) % amount) << 20) + (commission * ((amount - refund_amount) & (1048575)::bigint))) / amount))
END), ADD CONSTRAINT "orders_org_share" CHECK (
CASE
    WHEN (share_bps IS NOT NULL) THEN ((share_bps >= 0) AND (share_bps <= 10000) AND (given_share IS NULL) AND (given_net IS NULL) AND (org_share = ((net_commission * share_bps) / 10000)))
    WHEN ((given_net IS NULL) OR (given_share IS NULL)) THEN false
    ELSE ((given_net >= 1) AND (given_net <= '1000000000000'::bigint) AND ((given_share >= 0) AND (given_share <= given_net)) AND (org_share = ((((given_share * (net_commission >> 20)) / given_net) << 20) + (((((given_share * (net_commission >> 20)) % given_net) << 20) + (given_share * (net_commission & (1048575)::bigint))) / given_net))))
END), ADD CONSTRAINT "orders_refund" CHECK ((refund_amount >= 0) AND (refund_amount <= amount) AND ((((status)::text <> 'REFUNDED'::text) AND ((refund_amount < amount) OR (amount = 0))) OR (((status)::text = 'REFUNDED'::text) AND (refund_amount = amount)))), ADD CONSTRAINT "orders_refunded_at" CHECK ((refunded_at IS NULL) OR ((refunded_at >= paid_at) AND ((refund_amount > 0) OR ((status)::text = 'REFUNDED'::text)))), ADD CONSTRAINT "orders_shares" CHECK ((org_share >= 0) AND (org_share <= net_commission) AND (creator_share = (net_commission - org_share)));
-- Create index "order_org_id_parent_number" to table: "orders"
CREATE INDEX "order_org_id_parent_number" ON "orders" ("org_id", "parent_number");
-- Modify "product_days" table
ALTER TABLE "product_days" DROP CONSTRAINT "product_days_sums", ADD CONSTRAINT "product_days_sums" CHECK ((orders <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (amount <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (commission <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (refunds <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (refund_amount <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (net_commission <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END) AND (org_share <=
CASE slot
    WHEN 0 THEN '4503599627370496'::bigint
    ELSE '281474976710656'::bigint
END)), ADD COLUMN "net_commission" bigint NOT NULL, ADD COLUMN "org_share" bigint NOT NULL;
-- Create "figure_slots" table
CREATE TABLE "figure_slots" ("org_id" character varying NOT NULL, "slot" smallint NOT NULL, PRIMARY KEY ("org_id", "slot"));
-- Create "creator_shares" table
CREATE TABLE "creator_shares" ("org_id" character varying NOT NULL, "creator_id" character varying NOT NULL, "since" timestamptz NOT NULL, "share_bps" bigint NOT NULL, PRIMARY KEY ("org_id", "creator_id", "since"), CONSTRAINT "creator_shares_creators_creator" FOREIGN KEY ("creator_id", "org_id") REFERENCES "creators" ("id", "org_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "creator_shares_bps" CHECK ((share_bps >= 0) AND (share_bps <= 10000)));
-- The share that creators have now is the one that they had from the start
INSERT INTO creator_shares (org_id, creator_id, since, share_bps) SELECT org_id, id, created_at, share_bps FROM creators;

-- invariants.sql 61b218b18481d24c7d7b9134aca82ce8089b44811a43c292f134c6b0c1bfdbc3
