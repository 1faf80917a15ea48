import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import check_layers  # noqa: E402


def sentences(path, text):
    return [sentence for _, sentence in check_layers.check_text(path, text)]


class Includes(unittest.TestCase):
    def test_a_lower_folder_may_be_included(self):
        self.assertEqual(sentences('src/store/object_store.cpp', '#include "schema/descriptor.h"\n'), [])

    def test_a_higher_folder_may_not_be_included(self):
        found = check_layers.check_text('src/base/log.cpp', '#include <string>\n#include "store/object_store.h"\n')
        self.assertEqual([line for line, _ in found], [2])
        self.assertIn('src/base may include only nothing', found[0][1])

    def test_store_and_engine_never_see_kinds(self):
        for folder in ('store', 'reconcile', 'providers'):
            self.assertEqual(len(sentences(f'src/{folder}/a.cpp', '#include "kinds/workload.h"\n')), 1, folder)

    def test_tests_of_a_folder_obey_its_layer_too(self):
        self.assertEqual(len(sentences('src/schema/a_test.cpp', '#include "kinds/registry.h"\n')), 1)

    def test_programs_and_cross_folder_tests_may_include_everything(self):
        for path in ('apps/threeportd.cpp', 'tests/e2e/a_test.cpp', 'bench/main.cpp'):
            self.assertEqual(sentences(path, '#include "reconcile/engine.h"\n#include "cli/main.h"\n'), [], path)

    def test_domains_of_controllers_are_strangers(self):
        path = 'src/controllers/gateway/plan.cpp'
        self.assertEqual(len(sentences(path, '#include "controllers/workload/plan.h"\n')), 1)
        self.assertEqual(sentences(path, '#include "controllers/gateway/plan.h"\n#include "controllers/shared.h"\n'), [])

    def test_a_library_belongs_to_its_folder(self):
        self.assertEqual(sentences('src/http/server.cpp', '#include <boost/asio/ip/tcp.hpp>\n'), [])
        self.assertIn('belongs to src/http/', sentences('src/apiserver/a.cpp', '#include <boost/asio.hpp>\n')[0])
        self.assertEqual(sentences('src/base/crypto_aes.cpp', '#include <openssl/evp.h>\n'), [])
        self.assertEqual(len(sentences('src/store/postgres/a.cpp', '#include <sqlite3.h>\n')), 1)

    def test_an_unknown_library_is_refused(self):
        self.assertIn('no library of that name', sentences('src/base/a.cpp', '#include <zmq/zmq.hpp>\n')[0])

    def test_the_standard_library_and_the_system_are_free(self):
        self.assertEqual(sentences('src/base/a.cpp', '#include <vector>\n#include <sys/wait.h>\n#include <unistd.h>\n'), [])

    def test_an_unlisted_folder_of_src_is_refused(self):
        self.assertIn('is not in LAYERS', sentences('src/util/strings.h', '')[0])

    def test_the_table_has_no_cycle(self):
        order = []
        left = {folder: set(below.split()) for folder, below in check_layers.LAYERS.items()}
        while left:
            free = [folder for folder, below in left.items() if not below - set(order)]
            self.assertTrue(free, f'a cycle among {sorted(left)}')
            order += free
            left = {folder: below for folder, below in left.items() if folder not in free}


class Powers(unittest.TestCase):
    def test_only_the_clock_reads_the_clock(self):
        text = 'auto t = std::chrono::system_clock::now();\n'
        self.assertEqual(len(sentences('src/store/a.cpp', text)), 1)
        self.assertEqual(sentences('src/base/clock.cpp', text), [])
        self.assertEqual(sentences('src/store/a_test.cpp', text), [])
        self.assertEqual(sentences('src/store/a.cpp', 'auto t = clock.now(); auto s = meta.time(x);\n'), [])

    def test_nobody_sleeps(self):
        self.assertEqual(len(sentences('tests/e2e/a_test.cpp', 'std::this_thread::sleep_for(1s);\n')), 1)

    def test_threads_start_in_listed_places(self):
        text = 'std::jthread worker_;\n'
        self.assertEqual(len(sentences('src/controllers/a.h', text)), 1)
        self.assertEqual(sentences('src/base/worker_pool.h', text), [])
        self.assertEqual(sentences('src/controllers/a.h', 'std::thread::id owner;\n'), [])

    def test_the_environment_is_read_at_the_edge(self):
        self.assertEqual(len(sentences('src/store/a.cpp', 'const char* home = std::getenv("HOME");\n')), 1)
        self.assertEqual(sentences('apps/threeportd.cpp', 'const char* home = std::getenv("HOME");\n'), [])

    def test_comments_and_texts_do_not_count(self):
        text = '// std::getenv(x), sleep_for\nauto s = "sleep_for(1)"; /* usleep(1)\n usleep(2) */\nauto r = R"(sleep(1))";\n'
        self.assertEqual(sentences('src/store/a.cpp', text), [])


if __name__ == '__main__':
    unittest.main()
