"""Scrapy's settings: polite by default, and nothing else; each site's file sets its own delay and budget."""

import os
from importlib.metadata import version

BOT_NAME = "fanwen"
SPIDER_MODULES = ["crawler.spider"]

FANWEN_CONTACT = os.environ.get("FANWEN_CONTACT", "")
"""URL or mail address under which a webmaster reaches the operator; goes into the User-Agent."""
USER_AGENT = f"fanwen/{version('fanwen')}"
ROBOTSTXT_USER_AGENT = "fanwen"
ROBOTSTXT_OBEY = True
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.1",
    "Accept-Language": "zh-CN,zh;q=0.9",
}

SCHEDULER = "crawler.frontier.Frontier"
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "crawler.middleware.SiteMiddleware": 50,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.middleware.ArchiveMiddleware": 590,
}

CONCURRENT_REQUESTS = 0  # no limit: the frontier hands out as many as a site's file allows
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 5 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
AUTOTHROTTLE_ENABLED = False
RETRY_TIMES = 2
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
COOKIES_ENABLED = False
METAREFRESH_ENABLED = False
REFERER_ENABLED = False

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"
