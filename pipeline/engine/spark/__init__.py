"""The duplicate search on Apache Spark, for corpora that outgrow one machine; nothing else imports pyspark."""
