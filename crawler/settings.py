"""Scrapy's settings: polite by default, and nothing else; each site's file sets its own delay and budget."""

import os
from importlib.metadata import version

BOT_NAME = "fanwen"
SPIDER_MODULES = ["crawler.spider"]

FANWEN_CONTACT = os.environ.get("FANWEN_CONTACT", "")
"""URL or mail address under which a webmaster reaches the operator; goes into the User-Agent."""
USER_AGENT = f"fanwen/{version('fanwen')}"
ROBOTSTXT_OBEY = False  # crawler.policies sees to it: Scrapy takes a robots.txt that fails for none
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.1",
    "Accept-Language": "zh-CN,zh;q=0.9",
}

SCHEDULER = "crawler.scheduler.Scheduler"
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.middleware.SiteMiddleware": 50,
    "crawler.middleware.ReceivedMiddleware": 590,
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}

CONCURRENT_REQUESTS = 0  # no limit: the scheduler hands out as many as a site's file allows, at its pace
CONCURRENT_ITEMS = 1  # there are none, and Scrapy makes so many tasks for each response
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 0
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 5 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
AUTOTHROTTLE_ENABLED = False
COOKIES_ENABLED = False
METAREFRESH_ENABLED = False
REFERER_ENABLED = False

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"
STATS_DUMP = False
